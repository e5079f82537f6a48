// Calls the tasks example with the generated Go client: go run . URL TOKEN USER
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"apiclient"
)

func main() {
	ctx := context.Background()
	userID := os.Args[3]
	api := apiclient.NewAPIClient(os.Args[1], os.Args[2], userID)
	if err := api.Connect(ctx); err != nil {
		log.Fatal(err)
	}
	defer api.Disconnect()

	stats, err := api.TasksGetStats(ctx, apiclient.TaskStatsParams{UserId: "123", IncludeCompleted: true})
	check(err)
	fmt.Printf("tasks.get_stats → %d tasks, %d pending\n", stats.Total, stats.Pending)

	task, err := api.TasksCreate(ctx, apiclient.NewCreateTaskParams("Try Go"))
	check(err)
	fmt.Printf("tasks.create    → task %d, %s: %s\n", task.Id, task.Priority, task.Title)

	completed, err := api.TasksComplete(ctx, apiclient.TasksCompleteParams{Id: task.Id})
	check(err)
	fmt.Printf("tasks.complete  → completed: %t\n", completed.Completed)

	_, err = api.TasksComplete(ctx, apiclient.TasksCompleteParams{Id: 1})
	var refused *apiclient.RPCError
	if errors.As(err, &refused) {
		fmt.Printf("tasks.complete  → refused with %d: %s\n", refused.Code, refused.Message)
	}

	report, err := api.TasksReport(ctx, apiclient.TasksReportParams{Seconds: 0})
	check(err)
	fmt.Printf("tasks.report    → %s\n", strings.Join(report.Lines, "; "))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

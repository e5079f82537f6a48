"""The smallest Django project that has handlers."""

SECRET_KEY = "of the tests"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "centrifugo_rpc.django",
    "tests.django.sample",
]
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.django.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ = True

SERVICE_SECRET = "a secret of 32 bytes for the service"

CENTRIFUGO_RPC = {
    "enabled": True,
    "wrapper_url": "http://localhost:8001",
    "wrapper_api_key": "a wrapper api key of 32 bytes or so",
    "centrifugo_url": "ws://localhost:8000/connection/websocket",
    "centrifugo_api_url": "http://localhost:8000/api",
    "centrifugo_api_key": "a centrifugo api key of 32 bytes or so",
    "centrifugo_token_hmac_secret": "a hmac secret of 32 bytes or so it is",
    "handler_service_secret": SERVICE_SECRET,
}

# One image for every role: `serve`, `worker`, `migrate`, `doctor`. See docker-compose.yml.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# With the extra `carriers`: an image can't be given a connector afterwards.
COPY requirements-image.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-image.lock

COPY pyproject.toml ./
COPY hub hub
COPY models models
COPY realtime realtime
COPY workers workers
COPY frontend frontend
RUN python -m compileall -q hub models realtime workers \
 && python -c 'from hub.i18n import compile_catalogues; compile_catalogues()' \
 && useradd --system --create-home --uid 10001 anou \
 && mkdir /data && chown anou:anou /data

USER anou
ENV ANOU_DATA=/data ANOU_HOST=0.0.0.0 ANOU_PORT=8000
VOLUME /data
EXPOSE 8000
# SIGTERM: connections are sent away gently, jobs that have begun finish.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "hub"]
CMD ["serve"]

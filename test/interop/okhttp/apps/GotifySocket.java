// The connection of Gotify's app. It comes back whenever the connection fails, and then asks for what it missed.
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;

final class GotifySocket extends WebSocketListener {
  private final GotifyApp app;
  private final OkHttpClient client;
  private final Request request;
  private final long retry;
  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
  private volatile boolean isStopped;
  private volatile boolean hasFailed;
  private volatile WebSocket socket;

  /** @param retry how long in ms the app waits before it comes back; the real one waits a minute or more */
  GotifySocket(GotifyApp app, OkHttpClient client, String address, long retry) {
    this.app = app;
    this.client = client;
    this.request = new Request.Builder().url(address).build();
    this.retry = retry;
  }

  void connect() {
    socket = client.newWebSocket(request, this);
  }

  void stop() {
    isStopped = true;
    later.shutdownNow();
    socket.cancel();
  }

  @Override
  public void onOpen(WebSocket opened, Response response) {
    app.tell("opened", App.headOf(response));
    if (!hasFailed) return;
    hasFailed = false;
    later.execute(() -> {
      try {
        app.showMissed();
      } catch (IOException | RuntimeException error) {
        fault(error);
      }
    });
  }

  @Override
  public void onMessage(WebSocket from, String frame) {
    try {
      app.received(frame);
    } catch (InterruptedException | RuntimeException error) {
      fault(error);
    }
  }

  @Override
  public void onClosing(WebSocket closing, int code, String reason) {
    app.tell("closing");
  }

  @Override
  public void onFailure(WebSocket failed, Throwable error, Response response) {
    if (isStopped) return;
    hasFailed = true;
    JsonObject event = response == null ? new JsonObject() : App.headOf(response);
    event.addProperty("error", String.valueOf(error));
    app.tell("failed", event);
    later.schedule(this::connect, retry, TimeUnit.MILLISECONDS);
  }

  /** The real app ends with such an error. */
  private void fault(Exception error) {
    JsonObject event = new JsonObject();
    event.addProperty("error", String.valueOf(error));
    app.tell("fault", event);
  }
}

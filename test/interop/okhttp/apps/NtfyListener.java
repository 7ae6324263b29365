// One connection of ntfy's app for all topics of a server, as a socket or as a stream of lines.
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.BufferedSource;

final class NtfyListener {
  private final NtfyApp app;
  private final String topics;
  private final boolean isSocket;
  private final OkHttpClient client;
  private final long retry;
  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
  private volatile boolean isStopped;
  private volatile WebSocket socket;
  private volatile Call call;

  /** @param retry how long in ms the app waits before it comes back; the real one waits five seconds or more */
  NtfyListener(NtfyApp app, String topics, boolean isSocket, OkHttpClient client, long retry) {
    this.app = app;
    this.topics = topics;
    this.isSocket = isSocket;
    this.client = client;
    this.retry = retry;
  }

  void start() {
    if (isStopped) return;
    String path = "/" + topics + (isSocket ? "/ws" : "/json") + "?since=" + app.newest();
    Request request = app.asked(app.url + path).build();
    if (isSocket) socket = client.newWebSocket(request, new Frames());
    else {
      call = client.newCall(request);
      call.enqueue(new Lines());
    }
  }

  void stop() {
    isStopped = true;
    later.shutdownNow();
    if (socket != null) socket.cancel();
    if (call != null) call.cancel();
  }

  private void began(Response response) {
    app.tell("opened", App.headOf(response));
  }

  private void lost(Throwable error, Response response) {
    if (isStopped) return;
    JsonObject event = response == null ? new JsonObject() : App.headOf(response);
    event.addProperty("error", String.valueOf(error));
    app.tell("failed", event);
    later.schedule(this::start, retry, TimeUnit.MILLISECONDS);
  }

  /** The real app overrides only `onClosed` and `onFailure`. `onClosing` is here to be told of. */
  private final class Frames extends WebSocketListener {
    @Override
    public void onOpen(WebSocket opened, Response response) {
      began(response);
    }

    @Override
    public void onMessage(WebSocket from, String text) {
      app.received(text);
    }

    @Override
    public void onClosing(WebSocket closing, int code, String reason) {
      app.tell("closing");
    }

    @Override
    public void onFailure(WebSocket failed, Throwable error, Response response) {
      lost(error, response);
    }
  }

  private final class Lines implements Callback {
    @Override
    public void onResponse(Call answered, Response response) {
      try (response) {
        if (!response.isSuccessful()) {
          lost(new IOException("unexpected response " + response.code()), response);
          return;
        }
        began(response);
        BufferedSource source = response.body().source();
        while (!source.exhausted()) app.received(source.readUtf8Line());
        // An answer that ends in good order leaves the app deaf.
        app.tell("ended");
      } catch (IOException | RuntimeException error) {
        lost(error, null);
      }
    }

    @Override
    public void onFailure(Call failed, IOException error) {
      lost(error, null);
    }
  }
}

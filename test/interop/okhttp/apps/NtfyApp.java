// ntfy's app for Android: its calls of the server, and the messages that it has.
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Credentials;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

public final class NtfyApp extends App {
  private static final Gson GSON = new Gson();
  private static final String AGENT = "ntfy/1.25.0 (fdroid; Android 16; SDK 36)";
  /** The parameters of a publication, in the app's order. */
  private static final String[] PARAMETERS = {
    "priority", "tags", "title", "delay", "message", "filename", "click", "attach", "email", "call", "markdown"
  };

  /** A message as the app reads it: a number that is a text, or a text that is a list, is an error. */
  static final class Message {
    String id;
    long time;
    String event;
    String topic;
    String sequence_id;
    String title;
    String message;
    Integer priority;
    List<String> tags;
    String click;
    String icon;
    List<Action> actions;
    Attachment attachment;
    String content_type;
    String encoding;
  }

  static final class Action {
    String id;
    String action;
    String label;
    Boolean clear;
    String url;
    String method;
    Map<String, String> headers;
    String body;
    String value;
  }

  static final class Attachment {
    String name;
    String type;
    Long size;
    Long expires;
    String url;
  }

  private final OkHttpClient calls;
  private final OkHttpClient publishing;
  private final OkHttpClient sockets;
  private final OkHttpClient streams;
  private final String user;
  private final String password;
  private final JsonObject own;
  private final long retry;
  /** Every message that the app has, by id. */
  private final Map<String, Message> known = new LinkedHashMap<>();
  private volatile NtfyListener listener;

  NtfyApp(String name, JsonObject with) {
    super(name, with);
    user = text(with, "user");
    password = text(with, "password");
    own = with.has("headers") ? with.getAsJsonObject("headers") : new JsonObject();
    retry = whole(with, "retry", 100);
    OkHttpClient base = client().connectTimeout(15, TimeUnit.SECONDS).writeTimeout(15, TimeUnit.SECONDS).build();
    calls = base.newBuilder().callTimeout(60, TimeUnit.SECONDS).readTimeout(15, TimeUnit.SECONDS).build();
    publishing = base.newBuilder().callTimeout(5, TimeUnit.MINUTES).readTimeout(15, TimeUnit.SECONDS).build();
    streams = base.newBuilder().readTimeout(whole(with, "silence", 77_000), TimeUnit.MILLISECONDS).build();
    sockets = base.newBuilder().readTimeout(0, TimeUnit.MILLISECONDS)
        .pingInterval(whole(with, "ping", 180_000), TimeUnit.MILLISECONDS).build();
  }

  /** A request with what the app adds to each one. */
  Request.Builder asked(String address) {
    Request.Builder builder = new Request.Builder().url(address).header("User-Agent", AGENT);
    if (!user.isEmpty()) builder.header("Authorization", Credentials.basic(user, password, StandardCharsets.UTF_8));
    for (String header : own.keySet()) builder.header(header, text(own, header));
    return builder;
  }

  /** Any request, with what the app adds. */
  public JsonObject call(JsonObject with) throws IOException {
    Request plain = request(with, url + text(with, "path")).build();
    Request.Builder builder = asked(url + text(with, "path")).method(plain.method(), plain.body());
    for (String header : plain.headers().names()) builder.header(header, plain.header(header));
    return answerTo(calls.newCall(builder.build()));
  }

  /** Whether a topic may be read: first by anybody, then by the user. */
  public JsonObject check(JsonObject with) throws IOException {
    String address = url + "/" + text(with, "topic") + "/auth";
    JsonObject result = new JsonObject();
    result.addProperty("anybody", mayRead(new Request.Builder().url(address).header("User-Agent", AGENT).build()));
    result.addProperty("user", mayRead(asked(address).build()));
    return result;
  }

  private boolean mayRead(Request request) throws IOException {
    try (Response response = calls.newCall(request).execute()) {
      if (response.isSuccessful() || response.code() == 404) return true;
      if (response.code() == 401 || response.code() == 403) return false;
      throw new IOException("unexpected response " + response.code());
    }
  }

  /** What a topic has that is newer than the newest message that the app has, or everything. */
  public List<Message> poll(JsonObject with) throws IOException {
    String since = with.has("since") ? text(with, "since") : "all";
    String address = url + "/" + text(with, "topic") + "/json?poll=1&since=" + since;
    try (Response response = calls.newCall(asked(address).build()).execute()) {
      if (!response.isSuccessful()) throw new IOException("unexpected response " + response.code());
      List<Message> all = new ArrayList<>();
      for (String line : response.body().string().split("\n")) {
        if (!line.isBlank()) all.add(GSON.fromJson(line, Message.class));
      }
      return all;
    }
  }

  /** Publishes a text, or a file that is streamed. Tells how many bytes of the file were written. */
  public JsonObject publish(JsonObject with) throws IOException {
    StringBuilder query = new StringBuilder();
    for (String name : PARAMETERS) {
      if (!with.has(name) || (name.equals("message") && !with.has("file"))) continue;
      query.append(query.length() == 0 ? "?" : "&").append(name).append("=");
      query.append(URLEncoder.encode(text(with, name).replace("\n", "\\n"), StandardCharsets.UTF_8));
    }
    Streamed file = with.has("file") ? new Streamed(with.getAsJsonObject("file")) : null;
    byte[] text = text(with, "message").getBytes(StandardCharsets.UTF_8);
    RequestBody body = file == null ? RequestBody.create(text, null) : file;
    Request.Builder builder = asked(url + "/" + text(with, "topic") + query).put(body);
    if (with.has("expects")) builder.header("Expect", "100-continue");
    JsonObject answer = answerTo(publishing.newCall(builder.build()));
    if (file != null) answer.addProperty("written", file.written);
    return answer;
  }

  /** Fetches an attachment. */
  public JsonObject download(JsonObject with) throws IOException {
    return digestOf(calls.newCall(asked(text(with, "url")).build()));
  }

  /** Listens to topics until it is told to stop. Comes back whenever the connection fails. */
  public JsonObject listen(JsonObject with) {
    String topics = String.join(",", GSON.fromJson(with.get("topics"), String[].class));
    boolean isSocket = text(with, "by").equals("ws");
    listener = new NtfyListener(this, topics, isSocket, isSocket ? sockets : streams, retry);
    listener.start();
    return new JsonObject();
  }

  public JsonObject stop(JsonObject with) {
    listener.stop();
    return new JsonObject();
  }

  /** The id of the newest message of all, or none. */
  synchronized String newest() {
    String last = "none";
    for (String id : known.keySet()) last = id;
    return last;
  }

  /** A line or a frame came. Unknown events are passed over. */
  void received(String line) {
    Message message = GSON.fromJson(line, Message.class);
    if (!List.of("message", "message_clear", "message_delete").contains(message.event)) {
      tell(message.event == null ? "nothing" : message.event);
      return;
    }
    boolean isNew;
    synchronized (this) {
      isNew = known.putIfAbsent(message.id, message) == null;
    }
    JsonObject event = new JsonObject();
    event.add("message", GSON.toJsonTree(message));
    tell(isNew ? "notified" : "double", event);
  }
}

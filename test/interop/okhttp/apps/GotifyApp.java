// Gotify's app for Android: its login, its lists, and what it shows.
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Credentials;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

public final class GotifyApp extends App {
  private static final Gson GSON = new Gson();

  static final class Message {
    Long id;
    Long appid;
    String message;
    String title;
    Long priority;
    Map<String, Object> extras;
    /** ISO 8601 with an offset. */
    String date;
  }

  static final class Paging {
    String next;
    Long size;
    Long since;
    Long limit;
  }

  static final class PagedMessages {
    Paging paging;
    List<Message> messages;
  }

  static final class User {
    Long id;
    String name;
    Boolean admin;
  }

  static final class Version {
    String version;
    String commit;
    String buildDate;
  }

  static final class Client {
    Long id;
    String token;
    String name;
  }

  static final class Application {
    Long id;
    String name;
    String image;
    String description;
    Boolean internal;
  }

  private final OkHttpClient client;
  private final OkHttpClient sockets;
  private final long retry;
  private volatile String token;
  private volatile GotifySocket socket;
  /** The id of the newest message that the app has; -1 before it has looked. */
  private volatile long last = -1;
  private final Set<Long> shown = new HashSet<>();
  /** While it is closed, the app is busy with a message. */
  private volatile CountDownLatch work = new CountDownLatch(0);

  GotifyApp(String name, JsonObject with) {
    super(name, with);
    token = text(with, "token");
    retry = whole(with, "retry", 100);
    client = client().connectTimeout(20, TimeUnit.SECONDS).readTimeout(20, TimeUnit.SECONDS).build();
    sockets = client.newBuilder().readTimeout(0, TimeUnit.MILLISECONDS)
        .pingInterval(whole(with, "ping", 60_000), TimeUnit.MILLISECONDS).build();
  }

  private Request.Builder asked(String path) {
    return new Request.Builder().url(url + path).header("X-Gotify-Key", token);
  }

  private <T> T read(Request request, Class<T> type) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      String body = response.body().string();
      if (!response.isSuccessful()) throw new IOException(response.code() + " " + body);
      return GSON.fromJson(body, type);
    }
  }

  /** Signs in with a name and a password, and makes a client. */
  public JsonObject login(JsonObject with) throws IOException {
    String basic = Credentials.basic(text(with, "user"), text(with, "password"), StandardCharsets.UTF_8);
    read(new Request.Builder().url(url + "/version").build(), Version.class);
    Request user = new Request.Builder().url(url + "/current/user").header("Authorization", basic).build();
    try (Response response = client.newCall(user).execute()) {
      if (!response.isSuccessful()) throw new IOException(response.code() + " " + response.body().string());
    }
    JsonObject asked = new JsonObject();
    asked.add("name", with.get("device"));
    Request create = new Request.Builder().url(url + "/client").header("Authorization", basic).post(json(asked)).build();
    token = Objects.requireNonNull(read(create, Client.class).token);
    User known = read(asked("/current/user").build(), User.class);
    Version version = read(asked("/version").build(), Version.class);
    JsonObject result = new JsonObject();
    result.addProperty("token", token);
    result.addProperty("user", Objects.requireNonNull(known.name));
    result.addProperty("admin", Objects.requireNonNull(known.admin));
    result.addProperty("version", Objects.requireNonNull(version.version));
    return result;
  }

  /** Looks where its list ends, then connects. */
  public JsonObject start(JsonObject with) throws IOException {
    PagedMessages newest = page(1, 0);
    last = newest.messages.isEmpty() ? 0 : newest.messages.get(0).id;
    socket = new GotifySocket(this, sockets, url + "/stream?token=" + token, retry);
    socket.connect();
    JsonObject result = new JsonObject();
    result.addProperty("last", last);
    return result;
  }

  public JsonObject stop(JsonObject with) {
    socket.stop();
    return new JsonObject();
  }

  private PagedMessages page(long limit, long since) throws IOException {
    return read(asked("/message?limit=" + limit + "&since=" + since).build(), PagedMessages.class);
  }

  /** The whole list, page by page. */
  public List<List<Message>> list(JsonObject with) throws IOException {
    List<List<Message>> pages = new ArrayList<>();
    for (long since = 0; ; ) {
      PagedMessages page = page(whole(with, "limit", 100), since);
      page.messages.forEach(GotifyApp::requireWhole);
      pages.add(page.messages);
      if (page.paging.next == null) return pages;
      since = page.paging.since;
    }
  }

  /** After a reconnect: shows what came meanwhile. */
  void showMissed() throws IOException {
    List<Message> missed = new ArrayList<>();
    for (long since = 0; ; ) {
      PagedMessages page = page(10, since);
      page.messages.stream().filter(one -> one.id > last).forEach(missed::add);
      if (page.paging.next == null || page.messages.stream().anyMatch(one -> one.id <= last)) break;
      since = page.paging.since;
    }
    for (int index = missed.size() - 1; index >= 0; index--) show(missed.get(index), "list");
  }

  /** A frame came. Returns when the app has dealt with it. */
  void received(String frame) throws InterruptedException {
    work.await();
    show(GSON.fromJson(frame, Message.class), "stream");
  }

  private synchronized void show(Message message, String by) {
    requireWhole(message);
    last = Math.max(last, message.id);
    JsonObject event = new JsonObject();
    event.add("message", GSON.toJsonTree(message));
    event.addProperty("by", by);
    tell(shown.add(message.id) ? "notified" : "double", event);
  }

  /** What is null here makes the app end. */
  private static void requireWhole(Message one) {
    for (Object value : new Object[] {one.id, one.appid, one.title, one.message, one.priority}) {
      Objects.requireNonNull(value);
    }
    OffsetDateTime.parse(one.date);
  }

  /** From now on the app is busy with each message, until `resume`. */
  public JsonObject pause(JsonObject with) {
    work = new CountDownLatch(1);
    return new JsonObject();
  }

  public JsonObject resume(JsonObject with) {
    work.countDown();
    return new JsonObject();
  }

  public Application[] applications(JsonObject with) throws IOException {
    return read(asked("/application").build(), Application[].class);
  }

  /** Fetches the picture of an application; its address is relative to that of the server. */
  public JsonObject picture(JsonObject with) throws IOException {
    String address = URI.create(url + "/").resolve(text(with, "image")).toString();
    return digestOf(client.newCall(new Request.Builder().url(address).build()));
  }

  /** Any request with the app's token. */
  public JsonObject call(JsonObject with) throws IOException {
    Request.Builder builder = request(with, url + text(with, "path"));
    return answerTo(client.newCall(builder.header("X-Gotify-Key", token).build()));
  }

  /** Finds its own row by its token, and ends itself. */
  public JsonObject logout(JsonObject with) throws IOException {
    for (Client one : read(asked("/client").build(), Client[].class)) {
      if (!token.equals(one.token)) continue;
      return answerTo(client.newCall(asked("/client/" + one.id).delete().build()));
    }
    return new JsonObject();
  }

  private static RequestBody json(JsonObject value) {
    return RequestBody.create(value.toString().getBytes(StandardCharsets.UTF_8), MediaType.parse("application/json"));
  }
}

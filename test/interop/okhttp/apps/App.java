// What both apps share: requests, and what is told of them.
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

public abstract class App {
  private final String name;
  /** The address of the server, without a slash at the end. */
  protected final String url;
  private final AtomicInteger connections = new AtomicInteger();

  protected App(String name, JsonObject with) {
    this.name = name;
    this.url = text(with, "url");
  }

  /** A client whose connections are counted. */
  protected OkHttpClient.Builder client() {
    return new OkHttpClient.Builder().eventListener(new EventListener() {
      @Override
      public void connectStart(Call call, InetSocketAddress address, Proxy proxy) {
        connections.incrementAndGet();
      }
    });
  }

  /** How many connections the app has opened. */
  public int connections(JsonObject with) {
    return connections.get();
  }

  void tell(String kind, JsonObject event) {
    event.addProperty("kind", kind);
    Main.tell(name, event);
  }

  void tell(String kind) {
    tell(kind, new JsonObject());
  }

  /** Makes a call and reads its whole answer. */
  protected static JsonObject answerTo(Call call) throws IOException {
    try (Response response = call.execute()) {
      JsonObject answer = headOf(response);
      answer.addProperty("body", response.body().string());
      return answer;
    }
  }

  /** Makes a call, and tells of the body only its length and its digest. */
  protected static JsonObject digestOf(Call call) throws IOException {
    try (Response response = call.execute()) {
      JsonObject answer = headOf(response);
      answer.addProperty("announced", response.body().contentLength());
      MessageDigest digest = sha256();
      InputStream body = response.body().byteStream();
      byte[] part = new byte[8192];
      long length = 0;
      for (int read = body.read(part); read >= 0; read = body.read(part)) {
        digest.update(part, 0, read);
        length += read;
      }
      answer.addProperty("length", length);
      answer.addProperty("sha256", HexFormat.of().formatHex(digest.digest()));
      return answer;
    }
  }

  /** The status and the headers. Those of the network tell whether the body was compressed. */
  static JsonObject headOf(Response response) {
    JsonObject answer = new JsonObject();
    answer.addProperty("status", response.code());
    answer.addProperty("protocol", response.protocol().toString());
    JsonObject headers = new JsonObject();
    Response source = response.networkResponse() == null ? response : response.networkResponse();
    for (String header : source.headers().names()) headers.addProperty(header.toLowerCase(), source.header(header));
    answer.add("headers", headers);
    return answer;
  }

  /** Any request: a method, a path or an address, headers, and a text as the body. */
  protected static Request.Builder request(JsonObject with, String address) {
    Request.Builder builder = new Request.Builder().url(address);
    if (with.has("headers")) {
      for (String header : with.getAsJsonObject("headers").keySet()) {
        builder.header(header, text(with.getAsJsonObject("headers"), header));
      }
    }
    String method = with.has("method") ? text(with, "method") : "GET";
    MediaType type = with.has("type") ? MediaType.parse(text(with, "type")) : null;
    // A POST or a PUT needs a body, be it empty.
    boolean hasBody = with.has("body") || method.equals("POST") || method.equals("PUT");
    byte[] bytes = text(with, "body").getBytes(StandardCharsets.UTF_8);
    return builder.method(method, hasBody ? RequestBody.create(bytes, type) : null);
  }

  /** A body that is written piece by piece, as from a file. Byte n is n modulo 251. */
  protected static final class Streamed extends RequestBody {
    private static final int PIECE = 16_384;
    private final long length;
    private final boolean isChunked;
    private final String type;
    /** How many bytes were written. */
    volatile long written;

    Streamed(JsonObject with) {
      length = with.get("length").getAsLong();
      isChunked = with.has("chunked") && with.get("chunked").getAsBoolean();
      type = text(with, "type");
    }

    @Override
    public MediaType contentType() {
      return MediaType.parse(type);
    }

    @Override
    public long contentLength() {
      return isChunked ? -1 : length;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      byte[] piece = new byte[PIECE];
      for (long at = 0; at < length; ) {
        int size = (int) Math.min(PIECE, length - at);
        for (int index = 0; index < size; index++) piece[index] = (byte) ((at + index) % 251);
        sink.write(piece, 0, size);
        sink.emit();
        at += size;
        written = at;
      }
    }
  }

  protected static String text(JsonObject from, String key) {
    JsonElement value = from.get(key);
    return value == null || value.isJsonNull() ? "" : value.getAsString();
  }

  protected static long whole(JsonObject from, String key, long preset) {
    return from.has(key) ? from.get(key).getAsLong() : preset;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}

// Plays Android apps with OkHttp. Each line of the input is a call for an app:
//   {"id":1,"app":"a name","call":"a method","with":{…}}   with the call "ntfy" or "gotify" to make the app first
// and is answered by a line of the output: {"id":1,"result":…} or {"id":1,"error":"…"}. What happens to an app by
// itself is told as {"app":"its name","event":{"kind":"…",…}}. The program ends with its input.
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class Main {
  private static final Gson GSON = new Gson();
  private static final Map<String, App> APPS = new ConcurrentHashMap<>();

  private Main() {}

  public static void main(String[] args) throws IOException {
    ExecutorService threads = Executors.newCachedThreadPool();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      JsonObject call = JsonParser.parseString(line).getAsJsonObject();
      threads.execute(() -> answer(call));
    }
    System.exit(0);
  }

  private static void answer(JsonObject call) {
    JsonObject answer = new JsonObject();
    answer.add("id", call.get("id"));
    try {
      String app = call.get("app").getAsString();
      answer.add("result", run(app, call.get("call").getAsString(), call.getAsJsonObject("with")));
    } catch (InvocationTargetException error) {
      answer.addProperty("error", String.valueOf(error.getCause()));
    } catch (ReflectiveOperationException | RuntimeException error) {
      answer.addProperty("error", String.valueOf(error));
    }
    write(answer);
  }

  private static JsonElement run(String name, String call, JsonObject with) throws ReflectiveOperationException {
    if (call.equals("ntfy")) APPS.put(name, new NtfyApp(name, with));
    else if (call.equals("gotify")) APPS.put(name, new GotifyApp(name, with));
    else {
      App app = APPS.get(name);
      return GSON.toJsonTree(app.getClass().getMethod(call, JsonObject.class).invoke(app, with));
    }
    return new JsonObject();
  }

  /** Tells what has happened to an app. */
  static void tell(String app, JsonObject event) {
    JsonObject line = new JsonObject();
    line.addProperty("app", app);
    line.add("event", event);
    write(line);
  }

  private static synchronized void write(JsonObject line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    System.out.write(bytes, 0, bytes.length);
    System.out.flush();
  }
}

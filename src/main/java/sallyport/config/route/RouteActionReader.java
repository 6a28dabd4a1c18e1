package sallyport.config.route;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.config.read.ConfigReader;

/** Reader of what becomes of the requests of a route. */
final class RouteActionReader {
  private static final int MAX_BODY = 1024 * 1024;
  private static final List<Integer> REDIRECTS = List.of(301, 302, 303, 307, 308);

  /** Of files, by the ends of their names. */
  private static final Map<String, String> TYPES =
      Map.of(
          ".html", "text/html; charset=utf-8",
          ".json", "application/json",
          ".txt", "text/plain; charset=utf-8",
          ".xml", "application/xml");

  private RouteActionReader() {}

  static RouteAction read(ConfigReader in) {
    List<String> written = new ArrayList<>();
    for (String key : new String[] {"backend", "redirect", "respond"}) {
      if (in.has(key)) {
        written.add(key);
      }
    }
    if (written.size() > 1) {
      in.problem(written.get(1), "excludes " + written.getFirst() + ": a route does one of them");
    }
    if (in.has("redirect")) {
      return redirect(in.section("redirect"));
    }
    return in.has("respond")
        ? respond(in.section("respond"))
        : new RouteAction.Forward(in.string("backend"));
  }

  private static RouteAction redirect(ConfigReader in) {
    int status = in.has("status") ? in.integer("status", 301, 308) : 308;
    if (!REDIRECTS.contains(status)) {
      in.problem("status", "must be 301, 302, 303, 307 or 308, is " + status);
    }
    RedirectTemplate to = new RedirectTemplate("/", List.of(new RedirectTemplate.Part.Text("/")));
    String text = in.string("to");
    try {
      to = RedirectTemplate.parse(text);
    } catch (IllegalArgumentException notATemplate) {
      in.problem("to", String.valueOf(notATemplate.getMessage()));
    }
    in.finish();
    return new RouteAction.Redirect(status, to);
  }

  private static RouteAction respond(ConfigReader in) {
    int status = in.integer("status", 200, 599);
    String type = in.optionalString("content-type");
    String body = in.optionalString("body");
    if (in.has("body-file")) {
      if (body != null) {
        in.problem("body-file", "excludes body");
      }
      Path file = in.file("body-file");
      body = text(file, in);
      if (type == null) {
        type = typeOf(file, in);
      }
    }
    if (body != null && !body.isEmpty() && (status == 204 || status == 205 || status == 304)) {
      // RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5.
      in.problem("status", status + " has no body");
    }
    in.finish();
    if (body == null || body.isEmpty()) {
      return new RouteAction.Respond(status, "", "");
    }
    return new RouteAction.Respond(status, type == null ? "text/plain; charset=utf-8" : type, body);
  }

  private static String text(Path file, ConfigReader in) {
    try {
      if (Files.size(file) > MAX_BODY) {
        in.problem("body-file", "'" + file + "' is larger than 1 MiB");
        return "";
      }
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
          .toString();
    } catch (CharacterCodingException notText) {
      in.problem("body-file", "'" + file + "' is not text in UTF-8");
    } catch (IOException unreadable) {
      in.problem("body-file", "cannot read '" + file + "': " + unreadable);
    }
    return "";
  }

  private static @Nullable String typeOf(Path file, ConfigReader in) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    for (Map.Entry<String, String> type : TYPES.entrySet()) {
      if (name.endsWith(type.getKey())) {
        return type.getValue();
      }
    }
    in.problem("body-file", "'" + file + "' needs content-type: its name does not tell");
    return null;
  }
}

package sallyport.config.route;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sallyport.config.read.ConfigReader;
import sallyport.config.route.page.PageReader;
import sallyport.config.route.pattern.PathPattern;
import sallyport.config.route.pattern.PathPatternReader;
import sallyport.config.route.split.SplitReader;

/** Reader of what becomes of the requests of a route. */
final class RouteActionReader {
  private static final List<Integer> REDIRECTS = List.of(301, 302, 303, 307, 308);

  private RouteActionReader() {}

  static RouteAction read(ConfigReader in) {
    List<String> written = new ArrayList<>();
    for (String key : new String[] {"backend", "backends", "redirect", "respond"}) {
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
    if (in.has("respond")) {
      return respond(in.section("respond"));
    }
    if (in.has("backends")) {
      return new RouteAction.Split(SplitReader.read(in));
    }
    SplitReader.unused(in);
    return new RouteAction.Forward(in.string("backend"));
  }

  private static RouteAction redirect(ConfigReader in) {
    int status = in.has("status") ? in.integer("status", 301, 308) : 308;
    if (!REDIRECTS.contains(status)) {
      in.problem("status", "must be 301, 302, 303, 307 or 308, is " + status);
    }
    RedirectTemplate to = new RedirectTemplate("/", List.of(new RedirectTemplate.Part.Text("/")));
    PathPattern pattern = PathPatternReader.pattern(in);
    String text = in.string("to");
    try {
      to = RedirectTemplate.parse(text, pattern);
    } catch (IllegalArgumentException notATemplate) {
      in.problem("to", String.valueOf(notATemplate.getMessage()));
    }
    in.finish();
    return new RouteAction.Redirect(status, pattern, to);
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
      body = PageReader.text("body-file", file, in);
      if (type == null) {
        type = PageReader.typeOf("body-file", file, in);
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
}

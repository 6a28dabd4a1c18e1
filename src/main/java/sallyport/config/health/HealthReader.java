package sallyport.config.health;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.Addresses;
import sallyport.config.address.HostPort;
import sallyport.config.address.PeerNames;
import sallyport.config.health.HealthConfig.Check;
import sallyport.config.health.HealthConfig.Method;
import sallyport.config.read.ConfigReader;
import sallyport.config.read.Limits;
import sallyport.values.DurationText;

/** Reader of the health checks of a backend. */
public final class HealthReader {
  private static final Pattern PATH = Pattern.compile("/[!-~&&[^#]]*");

  private static final Pattern ADDRESS = Pattern.compile("\\[[0-9a-fA-F:.]+]");

  /** A class of statuses, or one status, of a final response. */
  private static final Pattern STATUS = Pattern.compile("[2-5](xx|[0-9]{2})");

  /** Keys of {@code check = http}. */
  private static final List<String> OF_HTTP = List.of("method", "path", "host", "expect", "body");

  private HealthReader() {}

  /** Reads the section of a backend. */
  public static HealthConfig read(ConfigReader in) {
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("off", Check.OFF);
    checks.put("http", Check.HTTP);
    checks.put("postgres", Check.POSTGRES);
    checks.put("tcp", Check.TCP);
    checks.put("tls", Check.TLS);
    Map<String, Method> methods = new LinkedHashMap<>();
    methods.put("GET", Method.GET);
    methods.put("HEAD", Method.HEAD);
    Limits limits = Limits.of(HealthConfig.class);
    HealthConfig health =
        new HealthConfig(
            in.choice("check", checks),
            in.choice("method", methods),
            path(in),
            host(in),
            expect(in),
            in.optionalString("body"),
            limits.duration("interval", in),
            limits.count("jitter", in),
            limits.duration("timeout", in),
            limits.count("rise", in),
            limits.count("fall", in));
    checkTogether(health, in);
    in.finish();
    return health;
  }

  private static String path(ConfigReader in) {
    String path = in.string("path");
    if (!PATH.matcher(path).matches()) {
      in.problem("path", "must begin with / and hold no blanks and no fragment, is '" + path + "'");
    }
    return path;
  }

  private static @Nullable String host(ConfigReader in) {
    String host = in.optionalString("host");
    if (host != null && !isHost(host)) {
      in.problem("host", "must be a host name, with or without a port, is '" + host + "'");
    }
    return host;
  }

  private static boolean isHost(String text) {
    HostPort parts = ADDRESS.matcher(text).matches() ? null : Addresses.parse(text);
    String host = parts == null ? text : text.substring(0, text.lastIndexOf(':'));
    return PeerNames.HOST.matcher(host).matches() || ADDRESS.matcher(host).matches();
  }

  private static Set<String> expect(ConfigReader in) {
    Set<String> expected = new LinkedHashSet<>();
    List<String> written = in.strings("expect");
    for (String status : written) {
      if (STATUS.matcher(status).matches()) {
        expected.add(status);
      } else {
        in.problem(
            "expect", "must be statuses such as 2xx or 204, 200 to 599, has '" + status + "'");
      }
    }
    if (written.isEmpty() && in.has("expect")) {
      in.problem("expect", "needs at least one status such as 2xx");
    }
    return Set.copyOf(expected);
  }

  private static void checkTogether(HealthConfig health, ConfigReader in) {
    String body = health.body();
    if (body != null && body.isEmpty()) {
      in.problem("body", "must not be empty; without this key any body will do");
    }
    if (body != null && health.method() == Method.HEAD) {
      in.problem("body", "needs method = GET: a response to HEAD has no body");
    }
    if (health.timeout().compareTo(health.interval()) > 0) {
      in.problem(
          "timeout",
          "must not be longer than interval, %s, is %s"
              .formatted(text(health.interval()), text(health.timeout())));
    }
    if (health.isOn() && health.check() != Check.HTTP) {
      for (String key : OF_HTTP) {
        if (in.has(key)) {
          in.problem(key, "is for check = http");
        }
      }
    }
  }

  private static String text(Duration time) {
    return DurationText.of(time, DurationText.Unit.values());
  }
}

package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.fuzz.Message.Field;
import sallyport.fuzz.Message.Framing;
import sallyport.http.FieldNameSet;

/** What must hold between a message as it came, and as it went on. */
final class Check {
  /** Fields that the gateway itself may write into a request. */
  private static final Set<String> OF_THE_GATEWAY =
      Set.of(
          "host",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "forwarded",
          "max-forwards",
          "via",
          "x-request-id",
          "traceparent",
          "te",
          "connection",
          "upgrade",
          "content-length",
          "transfer-encoding");

  /** Fields that end at the gateway. */
  static final Set<String> OF_ONE_CONNECTION =
      Set.of("http2-settings", "keep-alive", "proxy-connection", "proxy-authenticate");

  /** Fields with which a client would speak for another one. */
  private static final Set<String> FORGED =
      Set.of(
          "x-real-ip", "x-client-ip", "client-cert", "x-forwarded-client-cert", "x-original-url");

  /** All fields that the gateway takes out by default. */
  private static final FieldNameSet DROPPED =
      new FieldNameSet(
          IdentityFieldsConfig.STRICT.dropped(/* trusted= */ false),
          IdentityFieldsConfig.STRICT.passing(/* trusted= */ false));

  /** Fields of the HTTP/1 request that stands for an extended CONNECT. */
  private static final Set<String> OF_TUNNELS =
      Set.of("connection", "upgrade", "sec-websocket-key");

  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9-]+");
  private static final Pattern ABSOLUTE = Pattern.compile("^[Hh][Tt][Tt][Pp][Ss]?://[^/?]*");
  private static final Pattern PATH = Pattern.compile("/(?:[!\"$&-\\[\\]-~]|%[0-9A-Fa-f]{2})*");
  private static final Pattern HIDDEN = Pattern.compile("(?i)%(?:[01][0-9A-F]|7F|2F|5C)");
  private static final Pattern DOT = Pattern.compile("(?i)%2e");
  private static final Pattern DOTS = Pattern.compile("/\\.\\.?(?:[/;]|$)");

  private Check() {}

  /** Runs a check of an input, and says with every failure what the input and the seed were. */
  static void input(byte[] input, Consumer<String> check) {
    String text = Octets.text(input);
    try {
      check.accept(text);
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError(
          failure.getMessage()
              + "\n  input '"
              + Octets.escape(text)
              + "'\n  seed "
              + System.getProperty("fuzz.seed", "none"),
          failure);
    }
  }

  static void that(boolean holds, Supplier<String> otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise.get());
    }
  }

  static void same(@Nullable Object expected, @Nullable Object actual, String what) {
    that(
        Objects.equals(expected, actual),
        () ->
            what
                + ": meant '"
                + Octets.escape(String.valueOf(expected))
                + "', not '"
                + Octets.escape(String.valueOf(actual))
                + "'");
  }

  /** The request that a backend has read against the one that the gateway took from a client. */
  static void request(Message meant, Message arrived, boolean strict) {
    that(meant.whole && meant.failure.isEmpty(), () -> "not meant to be a request: " + meant);
    same(meant.method, arrived.method, "method");
    target(meant.target, arrived.target, strict);
    same(meant.framing, arrived.framing, "framing");
    same(meant.body.toString(), arrived.body.toString(), "body");
    same(withoutForged(meant.trailers), arrived.trailers, "trailers");
    fields(meant, arrived, strict);
  }

  /** A client may not speak for another one in trailers either. */
  private static List<Field> withoutForged(List<Field> trailers) {
    return trailers.stream().filter(field -> !DROPPED.contains(field.name())).toList();
  }

  private static void target(String meant, String arrived, boolean strict) {
    if (meant.equals("*") || arrived.equals("*")) {
      same(meant, arrived, "target");
      return;
    }
    String origin = ABSOLUTE.matcher(meant).replaceFirst("");
    String[] from = origin.split("\\?", 2);
    String[] to = arrived.split("\\?", 2);
    same(from.length > 1 ? from[1] : null, to.length > 1 ? to[1] : null, "query");
    String path = to[0];
    that(
        PATH.matcher(path).matches()
            && !HIDDEN.matcher(path).find()
            && !DOTS.matcher(DOT.matcher(path).replaceAll(".")).find(),
        () -> "a path that can be read in two ways: '" + Octets.escape(path) + "'");
    if (strict) {
      same(from[0].isEmpty() ? "/" : from[0], path, "path");
    }
  }

  private static void fields(Message meant, Message arrived, boolean strict) {
    same(List.of(Rig.CLIENT), arrived.all("x-forwarded-for"), "x-forwarded-for");
    same(List.of("https"), arrived.all("x-forwarded-proto"), "x-forwarded-proto");
    same(host(meant), arrived.all("host"), "host");
    same(meant.all("content-length"), arrived.all("content-length"), "content-length");
    for (String once : List.of("forwarded", "via", "x-request-id", "traceparent")) {
      same(1, arrived.all(once).size(), "how often there is " + once);
    }
    boolean webSocket = !arrived.all("upgrade").isEmpty();
    same(webSocket ? List.of("websocket") : List.of(), arrived.all("upgrade"), "upgrade");
    List<String> option = arrived.all("te").isEmpty() ? List.of() : List.of("TE");
    same(webSocket ? List.of("upgrade") : option, arrived.all("connection"), "connection");
    that(!webSocket || option.isEmpty(), () -> "te of a WebSocket");
    that(
        arrived.all("te").isEmpty() || arrived.all("te").equals(List.of("trailers")),
        () -> "te " + arrived.all("te"));
    onlyFrom(meant.fields, arrived.fields, OF_THE_GATEWAY);
    if (meant.all("connection").isEmpty()) {
      // It may name others that end here.
      nothingLost(meant, arrived);
    }
    none(OF_ONE_CONNECTION, arrived);
    none(FORGED, arrived);
    for (Field field : arrived.fields) {
      that(!strict || PLAIN_NAME.matcher(field.name()).matches(), () -> "unusual " + field);
      that(!DROPPED.contains(field.name()), () -> "forged " + field);
    }
  }

  /** The name of the handshake stands in where an old client has none; an empty port goes. */
  private static List<String> host(Message meant) {
    List<String> hosts = meant.all("host");
    String named = hosts.isEmpty() ? "" : hosts.getFirst();
    if (named.isEmpty() && meant.http10) {
      Matcher absolute = ABSOLUTE.matcher(meant.target);
      named = absolute.find() ? absolute.group().replaceFirst("^[^/]*//", "") : "localhost";
    }
    return List.of(named.replaceFirst(":$", ""));
  }

  private static void nothingLost(Message meant, Message arrived) {
    List<Field> passing = new ArrayList<>(meant.fields);
    passing.removeIf(
        field ->
            OF_ONE_CONNECTION.contains(lower(field))
                || OF_THE_GATEWAY.contains(lower(field))
                || (meant.http10 && field.is("expect"))
                || (meant.framing != Framing.CHUNKED && field.is("trailer"))
                || DROPPED.contains(field.name()));
    for (Field field : passing) {
      that(
          count(field, arrived.fields) == count(field, passing),
          () -> "lost: " + field + " among " + arrived.fields);
    }
  }

  private static long count(Field field, List<Field> among) {
    return among.stream()
        .filter(other -> other.is(field.name()) && other.value().equals(field.value()))
        .count();
  }

  private static String lower(Field field) {
    return field.name().toLowerCase(Locale.ROOT);
  }

  /**
   * What the gateway takes the frames of an HTTP/2 stream for against what the RFC says they mean.
   *
   * @param unusual whether field names pass that have more than letters, digits and hyphens
   */
  static void translation(Message means, Message meant, boolean unusual) {
    that(means.whole && means.failure.isEmpty(), () -> "no request (RFC 9113): " + means);
    same(means.method, meant.method, "method of the frames");
    same(means.target, meant.target, "path of the frames");
    same(means.body.toString(), meant.body.toString(), "body of the frames");
    same(translated(means.trailers, unusual), meant.trailers, "trailers of the frames");
    List<Field> fields = translated(means.fields, unusual);
    List<Field> own = translated(meant.fields, /* unusual= */ true);
    own.removeIf(field -> field.is("transfer-encoding"));
    if (means.framing == Framing.CLOSE) {
      fields.removeIf(field -> field.is("sec-websocket-key"));
      own.removeIf(field -> OF_TUNNELS.contains(lower(field)));
    }
    if (meant.framing != Framing.LENGTH) {
      fields.removeIf(field -> field.is("content-length"));
    }
    same(sorted(fields), sorted(own), "fields of the frames");
  }

  /** As HTTP/1 has them: one cookie out of its crumbs, without empty ones, and one length. */
  private static List<Field> translated(List<Field> fields, boolean unusual) {
    List<Field> translated = new ArrayList<>();
    List<String> crumbs = new ArrayList<>();
    boolean length = false;
    for (Field field : fields) {
      if (field.is("cookie")) {
        Stream.of(field.value().split("; ", -1)).filter(c -> !c.isEmpty()).forEach(crumbs::add);
      } else if ((unusual || PLAIN_NAME.matcher(field.name()).matches())
          && !(length && field.is("content-length"))) {
        length |= field.is("content-length");
        translated.add(field.is("content-length") ? plain(field) : field);
      }
    }
    if (!crumbs.isEmpty()) {
      translated.add(new Field("cookie", String.join("; ", crumbs)));
    }
    return translated;
  }

  private static Field plain(Field length) {
    return new Field(length.name(), Long.toString(Long.parseLong(length.value())));
  }

  private static List<String> sorted(List<Field> fields) {
    return fields.stream().map(Field::toString).sorted().toList();
  }

  /** A careless backend reads the same requests as a strict one. */
  static void sloppily(Rig.Backend backend) {
    List<String> whole =
        backend.requests().stream()
            .map(request -> SloppyPeer.line(request.method, request.target, request.body))
            .toList();
    for (boolean lengthFirst : new boolean[] {false, true}) {
      List<String> sloppy = SloppyPeer.requests(backend.bytes(), lengthFirst);
      same(whole, sloppy, "as a careless backend reads it");
    }
  }

  /** A request without what the gateway makes up anew each time. */
  static String describe(Message request) {
    List<String> fields =
        request.fields.stream()
            .filter(
                field ->
                    !field.is("x-request-id")
                        && !field.is("traceparent")
                        && !field.is("sec-websocket-key"))
            .map(Object::toString)
            .toList();
    return request.method + request.target + fields + request.body + request.trailers;
  }

  /** Every field that is not the gateway's own was there before, and as often. */
  static void onlyFrom(List<Field> before, List<Field> after, Set<String> own) {
    List<Field> left = new ArrayList<>(before);
    for (Field field : after) {
      that(
          own.contains(lower(field)) || remove(left, field),
          () -> "a field that nobody sent: " + field + " among " + before);
    }
  }

  static void none(Set<String> names, Message message) {
    for (Field field : message.fields) {
      that(!names.contains(lower(field)), () -> "passed on: " + field);
    }
  }

  private static boolean remove(List<Field> from, Field field) {
    for (int i = 0; i < from.size(); i++) {
      if (from.get(i).is(field.name()) && from.get(i).value().equals(field.value())) {
        from.remove(i);
        return true;
      }
    }
    return false;
  }
}

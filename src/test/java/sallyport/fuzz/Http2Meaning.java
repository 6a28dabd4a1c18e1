package sallyport.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.fuzz.Frames.Frame;
import sallyport.fuzz.Message.Field;
import sallyport.fuzz.Message.Framing;
import sallyport.testkit.RawHttp2;

/**
 * What the frames of one stream mean (RFC 9113 section 8), as the RFC has it and not as the gateway
 * does; shares no code with it.
 *
 * <p>A message that is malformed has a {@link Message#failure}. One that its sender took back by
 * RST_STREAM before its end is not whole.
 */
final class Http2Meaning {
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]+");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");
  private static final Pattern VISIBLE = Pattern.compile("[!-~]+");
  private static final Pattern VALUE =
      Pattern.compile("(?:[!-~\\x80-\\xff](?:[\\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)?");
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,19}");
  private static final Pattern STATUS = Pattern.compile("[1-5][0-9][0-9]");

  private static final String MAX_LENGTH = Long.toString(Long.MAX_VALUE);

  private static final Set<String> OF_HTTP1 =
      Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");
  private static final Set<String> OF_REQUESTS =
      Set.of(":method", ":scheme", ":authority", ":path", ":protocol");
  private static final Set<String> OF_RESPONSES = Set.of(":status");

  private final List<Message> messages = new ArrayList<>();
  private final boolean request;
  private final String method;

  /** Of the current message, before it is known whether it is one. */
  private Message current = new Message();

  private boolean headSeen;
  private boolean reset;

  private Http2Meaning(boolean request, String method) {
    this.request = request;
    this.method = method;
  }

  /**
   * @return null when nothing has come; an extended CONNECT for WebSocket (RFC 8441) is the GET
   *     that it stands for, with what goes through the tunnel as its body
   */
  static @Nullable Message request(List<Frame> frames) {
    Http2Meaning meaning = new Http2Meaning(true, "");
    frames.forEach(meaning::take);
    return meaning.messages.isEmpty() ? null : meaning.messages.getFirst();
  }

  /**
   * @param method of the request
   * @return interim ones first; a 200 to an extended CONNECT is a 101
   */
  static List<Message> responses(List<Frame> frames, String method) {
    Http2Meaning meaning = new Http2Meaning(false, method);
    frames.forEach(meaning::take);
    return meaning.messages;
  }

  private void take(Frame frame) {
    if (reset || current.whole || !current.failure.isEmpty()) {
      return;
    }
    if (frame.type() == RawHttp2.RST_STREAM) {
      // In front of a request, it is an answer to what should not have come on that stream.
      reset = !request || !messages.isEmpty();
      return;
    }
    if (frame.type() == Frames.BROKEN) {
      fail("a frame of another size");
      return;
    }
    List<Field> fields = frame.fields();
    if (fields == null && frame.type() != RawHttp2.DATA) {
      return;
    }
    if (fields == null) {
      data(frame);
    } else if (headSeen) {
      trailers(frame, fields);
    } else {
      head(frame, fields);
    }
    if (frame.end() && current.failure.isEmpty()) {
      end();
    }
  }

  private void fail(String why) {
    if (current.isInterim()) {
      // It was sound, and has gone.
      current = new Message();
    }
    if (messages.isEmpty() || messages.getLast() != current) {
      messages.add(current);
    }
    current.failure = why;
  }

  private void data(Frame frame) {
    if (!headSeen) {
      fail("DATA before a head");
    } else {
      current.body.append(frame.payload());
    }
  }

  private void trailers(Frame frame, List<Field> fields) {
    if (!frame.end()) {
      fail("a second head");
    } else if (section(fields, Set.of())) {
      current.trailers.addAll(fields);
    }
  }

  private void end() {
    if (!headSeen) {
      fail("nothing but interim responses");
      return;
    }
    List<String> lengths = current.all("content-length");
    boolean bodyless =
        !request && (method.equals("HEAD") || current.status == 304 || current.status == 204);
    long announced =
        lengths.isEmpty() || current.status == 101 ? -1 : Long.parseLong(lengths.getFirst());
    if (current.status == 204 && announced > 0) {
      fail("a 204 with content");
      return;
    }
    int length = current.body.length();
    if (bodyless ? length > 0 : announced >= 0 && announced != length) {
      fail("another length than announced");
      return;
    }
    current.whole = true;
  }

  private void head(Frame frame, List<Field> fields) {
    current = new Message();
    messages.add(current);
    if (!section(fields, request ? OF_REQUESTS : OF_RESPONSES)) {
      return;
    }
    fields.stream()
        .filter(field -> !field.name().startsWith(":"))
        .forEach(field -> current.fields.add(field));
    if (request) {
      requestHead(frame, fields);
    } else {
      responseHead(fields);
    }
    if (!lengthIsOne()) {
      fail("content-length");
      return;
    }
    if (current.failure.isEmpty() && current.framing == Framing.NONE && current.status != 101) {
      current.framing =
          !current.all("content-length").isEmpty()
              ? Framing.LENGTH
              : frame.end() ? Framing.NONE : Framing.CHUNKED;
    }
  }

  /** Equal ones are one (RFC 9110 section 8.6). */
  private boolean lengthIsOne() {
    List<String> lengths = current.all("content-length");
    return lengths.stream().distinct().count() <= 1
        && lengths.stream().allMatch(text -> LENGTH.matcher(text).matches())
        && lengths.stream().allMatch(text -> text.length() < 19 || text.compareTo(MAX_LENGTH) <= 0);
  }

  private void responseHead(List<Field> fields) {
    String status = only(fields, ":status");
    if (status == null || !STATUS.matcher(status).matches() || status.equals("101")) {
      fail("status " + status);
      return;
    }
    current.status = Integer.parseInt(status);
    if (current.isInterim()) {
      current.whole = false;
      return;
    }
    headSeen = true;
    if (method.equals("CONNECT") && current.status / 100 == 2) {
      current.status = 101;
    }
  }

  private void requestHead(Frame frame, List<Field> fields) {
    headSeen = true;
    String verb = only(fields, ":method");
    String path = only(fields, ":path");
    String authority = only(fields, ":authority");
    String protocol = only(fields, ":protocol");
    String scheme = only(fields, ":scheme");
    boolean target = path != null && scheme != null && SCHEME.matcher(scheme).matches();
    if (verb == null || !TOKEN.matcher(verb).matches()) {
      fail("method " + verb);
      return;
    }
    boolean webSocket = verb.equals("CONNECT") && "websocket".equals(protocol) && !frame.end();
    if (!target || (protocol != null) != webSocket || (verb.equals("CONNECT") != webSocket)) {
      fail("pseudo-header fields");
      return;
    }
    if (!VISIBLE.matcher(path).matches()) {
      fail("path");
      return;
    }
    current.method = webSocket ? "GET" : verb;
    current.target = path;
    host(authority, scheme);
    if (webSocket) {
      current.framing = Framing.CLOSE;
    }
  }

  /** Adds Host where {@code :authority} stands for it. */
  private void host(@Nullable String authority, String scheme) {
    List<String> hosts = current.all("host");
    if (authority == null) {
      return;
    }
    if (!VISIBLE.matcher(authority).matches()
        || hosts.size() > 1
        || (hosts.size() == 1
            && !withoutPort(hosts.getFirst(), scheme).equals(withoutPort(authority, scheme)))) {
      fail("authority");
    } else if (hosts.isEmpty()) {
      current.fields.add(new Field("host", authority));
    }
  }

  /** Without a port that is empty or the scheme's own (RFC 3986 section 6.2.3). */
  private static String withoutPort(String authority, String scheme) {
    String lower = authority.toLowerCase(Locale.ROOT);
    return lower.replaceFirst(scheme.equalsIgnoreCase("http") ? ":(?:0*80)?$" : ":(?:0*443)?$", "");
  }

  private static @Nullable String only(List<Field> fields, String name) {
    return fields.stream()
        .filter(field -> field.name().equals(name))
        .map(Field::value)
        .findFirst()
        .orElse(null);
  }

  /** False when it is malformed (sections 8.2 and 8.3). */
  private boolean section(List<Field> fields, Set<String> pseudo) {
    boolean regular = false;
    List<String> seen = new ArrayList<>();
    for (Field field : fields) {
      String name = field.name();
      boolean isPseudo = name.startsWith(":");
      regular |= !isPseudo;
      boolean sound =
          isPseudo
              ? pseudo.contains(name) && !regular && !seen.contains(name)
              : NAME.matcher(name).matches()
                  && !OF_HTTP1.contains(name)
                  && (!name.equals("te") || field.value().equalsIgnoreCase("trailers"));
      if (!sound || !VALUE.matcher(field.value()).matches()) {
        fail("field " + field);
        return false;
      }
      seen.add(name);
    }
    return true;
  }
}

package sallyport.fuzz;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sallyport.fuzz.Message.Field;
import sallyport.fuzz.Message.Framing;

/**
 * Reads HTTP/1.1 in its one canonical form (RFC 9112), and takes every deviation for a fault of the
 * gateway. Shares no code with the gateway or with Netty.
 */
final class StrictPeer {
  /** What was read is no canonical message. */
  static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;

    Fault(String what) {
      super(what);
    }
  }

  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final String VALUE = "[\\t -~\\x80-\\xff]";
  private static final String INK = "[!-~\\x80-\\xff]";
  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") (/[!\"$-~]*|\\*) HTTP/1\\.1");
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.1 ([1-5][0-9][0-9]) " + VALUE + "*");
  private static final Pattern FIELD =
      Pattern.compile("(" + TOKEN + "): ?((?:" + INK + "(?:" + VALUE + "*" + INK + ")?)?)");
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,18}");
  private static final Pattern SIZE = Pattern.compile("[1-9a-f][0-9a-f]{0,7}");

  private final String bytes;
  private final boolean ended;
  private int at;

  private StrictPeer(String bytes, int from, boolean ended) {
    this.bytes = bytes;
    this.at = from;
    this.ended = ended;
  }

  /**
   * @return not {@link Message#whole} when its end has not come; null when nothing has come
   * @throws Fault when what has come cannot become one
   */
  static @Nullable Message request(String bytes, int from) {
    StrictPeer peer = new StrictPeer(bytes, from, false);
    Message message = new Message();
    String line = peer.line();
    if (line == null) {
      return bytes.length() > from ? message : null;
    }
    Matcher start = match(REQUEST_LINE, line);
    message.method = start.group(1);
    message.target = start.group(2);
    if (!peer.fields(message.fields)) {
      return message;
    }
    if (message.all("host").size() != 1) {
      throw new Fault("not one Host: " + message.fields);
    }
    peer.body(message, Framing.NONE);
    return message;
  }

  /**
   * @param method of the request that this answers
   * @param ended whether the connection has ended with these bytes
   * @return not {@link Message#whole} when its end has not come; null when nothing has come
   * @throws Fault when what has come cannot become one
   */
  static @Nullable Message response(String bytes, int from, String method, boolean ended) {
    StrictPeer peer = new StrictPeer(bytes, from, ended);
    Message message = new Message();
    String line = peer.line();
    if (line == null) {
      return bytes.length() > from ? message : null;
    }
    message.status = Integer.parseInt(match(STATUS_LINE, line).group(1));
    if (!peer.fields(message.fields)) {
      return message;
    }
    int status = message.status;
    if (status == 101) {
      message.framing = Framing.CLOSE;
      peer.rest(message);
    } else if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
      framing(message, Framing.NONE);
      if ((status < 200 || status == 204) && message.framing != Framing.NONE) {
        throw new Fault("a " + status + " that speaks of a body: " + message.fields);
      }
      message.framing = Framing.NONE;
      message.whole = true;
      message.end = peer.at;
    } else {
      peer.body(message, Framing.CLOSE);
    }
    return message;
  }

  private static Matcher match(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new Fault("not canonical: '" + Octets.escape(text) + "'");
    }
    return matcher;
  }

  /** Up to CRLF; null when that has not come. No other CR and no other LF may be in it. */
  private @Nullable String line() {
    int end = bytes.indexOf("\r\n", at);
    String line = bytes.substring(at, end < 0 ? bytes.length() : end);
    int cr = line.indexOf('\r');
    if (line.indexOf('\n') >= 0 || (cr >= 0 && (end >= 0 || cr < line.length() - 1))) {
      throw new Fault("half a line end: '" + Octets.escape(line) + "'");
    }
    if (end < 0) {
      return null;
    }
    at = end + 2;
    return line;
  }

  /** False when the end of the section has not come. */
  private boolean fields(List<Field> to) {
    while (true) {
      String line = line();
      if (line == null) {
        return false;
      }
      if (line.isEmpty()) {
        return true;
      }
      Matcher field = match(FIELD, line);
      to.add(new Field(field.group(1), field.group(2)));
    }
  }

  /** Sets the framing; returns the length where there is one. */
  private static int framing(Message message, Framing otherwise) {
    List<String> lengths = message.all("content-length");
    List<String> codings = message.all("transfer-encoding");
    if (lengths.size() + codings.size() > 1) {
      throw new Fault("two framings: " + message.fields);
    }
    if (!codings.isEmpty()) {
      if (!codings.getFirst().equals("chunked")) {
        throw new Fault("coding " + codings);
      }
      message.framing = Framing.CHUNKED;
      return 0;
    }
    if (lengths.isEmpty()) {
      message.framing = otherwise;
      return 0;
    }
    match(LENGTH, lengths.getFirst());
    message.framing = Framing.LENGTH;
    return (int) Math.min(Long.parseLong(lengths.getFirst()), Integer.MAX_VALUE);
  }

  private void body(Message message, Framing otherwise) {
    int length = framing(message, otherwise);
    switch (message.framing) {
      case NONE -> message.whole = true;
      case LENGTH -> message.whole = take(length, message.body);
      case CHUNKED -> message.whole = chunks(message);
      case CLOSE -> rest(message);
    }
    message.end = at;
  }

  private void rest(Message message) {
    take(bytes.length() - at, message.body);
    message.whole = ended;
    message.end = at;
  }

  private boolean take(int length, StringBuilder to) {
    int there = Math.min(length, bytes.length() - at);
    to.append(bytes, at, at + there);
    at += there;
    return there == length;
  }

  private boolean chunks(Message message) {
    while (true) {
      String size = line();
      if (size == null) {
        return false;
      }
      if (size.equals("0")) {
        return fields(message.trailers);
      }
      match(SIZE, size);
      if (!take(Integer.parseUnsignedInt(size, 16), message.body)) {
        return false;
      }
      String end = line();
      if (end == null) {
        return false;
      }
      if (!end.isEmpty()) {
        throw new Fault("a chunk of another size than " + size);
      }
    }
  }
}

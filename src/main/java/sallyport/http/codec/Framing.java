package sallyport.http.codec;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import sallyport.net.Failure;

/** Framing of bodies by Content-Length and Transfer-Encoding (RFC 9112 section 6). */
public final class Framing {
  /** The body is chunked. */
  public static final long CHUNKED = -1;

  /** Neither field is there. */
  public static final long NONE = -2;

  private static final String CODING = "chunked";

  private Framing() {}

  /**
   * Returns the framing of a request. Leaves Content-Length as a decimal number without leading
   * zeros, and the coding in lower case, since not every backend knows that its case means nothing
   * (RFC 9112 section 7).
   *
   * @return the number of bytes, {@link #CHUNKED} or {@link #NONE}
   * @throws MalformedMessage where two readers could disagree
   */
  public static long ofRequest(HttpHeaders headers, boolean http10) {
    List<String> codings = headers.getAll(TRANSFER_ENCODING);
    List<String> lengths = headers.getAll(CONTENT_LENGTH);
    if (codings.isEmpty()) {
      return lengths.isEmpty() ? NONE : length(headers, lengths);
    }
    if (!lengths.isEmpty()) {
      throw new MalformedMessage(Failure.Client.BOTH_TE_CL_PRESENT);
    }
    if (http10) {
      throw new MalformedMessage(Failure.Client.UNDEFINED_TRANSFER_ENCODING_SEMANTICS);
    }
    if (codings.size() > 1) {
      throw new MalformedMessage(Failure.Client.MULTIPLE_TRANSFER_ENCODING);
    }
    String coding = codings.getFirst();
    if (!coding.equals(CODING)) {
      if (!coding.equalsIgnoreCase(CODING)) {
        throw new MalformedMessage(unusable(coding));
      }
      headers.set(TRANSFER_ENCODING, CODING);
    }
    return CHUNKED;
  }

  /**
   * Returns the failure of a value other than {@code chunked}: it is invalid, or its coding is
   * unknown (RFC 9112 section 6.1).
   */
  private static Failure unusable(String value) {
    String[] codings = value.split(",", -1);
    for (int i = 0; i < codings.length; i++) {
      String coding = codings[i].strip();
      boolean last = i == codings.length - 1;
      if (!Octets.isToken(coding)
          || coding.equalsIgnoreCase("identity")
          || (coding.equalsIgnoreCase(CODING) && !(last && i > 0))) {
        return Failure.Client.BAD_TRANSFER_ENCODING;
      }
    }
    return Failure.Client.UNKNOWN_TRANSFER_CODING;
  }

  private static long length(HttpHeaders headers, List<String> values) {
    String value = values.getFirst();
    if (values.size() > 1 || value.indexOf(',') >= 0) {
      throw new MalformedMessage(Failure.Client.MULTIPLE_CONTENT_LENGTH);
    }
    long length = parse(value);
    if (length < 0) {
      throw new MalformedMessage(Failure.Client.BAD_CONTENT_LENGTH);
    }
    if (isPadded(value)) {
      headers.set(CONTENT_LENGTH, Long.toString(length));
    }
    return length;
  }

  private static boolean isPadded(String digits) {
    return digits.length() > 1 && digits.charAt(0) == '0';
  }

  /**
   * Returns the number that a text of digits alone stands for; -1 if it is invalid or exceeds a
   * long.
   */
  public static long parse(String value) {
    if (value.isEmpty()) {
      return -1;
    }
    long length = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9 || length > (Long.MAX_VALUE - digit) / 10) {
        return -1;
      }
      length = length * 10 + digit;
    }
    return length;
  }

  /**
   * Returns the framing of a response that may have a body. Leaves the two fields as it does those
   * of a request.
   *
   * @param mayRepeatLength whether equal lengths count as one (RFC 9112 section 6.3)
   * @return the number of bytes, {@link #CHUNKED} or {@link #NONE}
   * @throws MalformedMessage where two readers could disagree
   */
  public static long ofResponse(HttpHeaders headers, boolean http10, boolean mayRepeatLength) {
    List<String> codings = headers.getAll(TRANSFER_ENCODING);
    List<String> lengths = headers.getAll(CONTENT_LENGTH);
    if (codings.isEmpty()) {
      if (lengths.isEmpty()) {
        return NONE;
      }
      long length = lengthOfResponse(lengths, mayRepeatLength);
      String first = lengths.getFirst();
      if (lengths.size() > 1 || first.indexOf(',') >= 0 || isPadded(first)) {
        headers.set(CONTENT_LENGTH, Long.toString(length));
      }
      return length;
    }
    if (!lengths.isEmpty()) {
      throw new MalformedMessage(Failure.Response.BOTH_TE_CL_PRESENT);
    }
    if (!http10 && codings.size() == 1 && codings.getFirst().equalsIgnoreCase(CODING)) {
      if (!codings.getFirst().equals(CODING)) {
        headers.set(TRANSFER_ENCODING, CODING);
      }
      return CHUNKED;
    }
    throw new MalformedMessage(Failure.Response.BAD_TRANSFER_ENCODING);
  }

  private static long lengthOfResponse(List<String> values, boolean mayRepeat) {
    String first = values.getFirst();
    if (values.size() == 1 && first.indexOf(',') < 0) {
      return valid(parse(first));
    }
    if (!mayRepeat) {
      throw new MalformedMessage(Failure.Response.MULTIPLE_CONTENT_LENGTH);
    }
    long length = -1;
    for (String value : String.join(",", values).split(",", -1)) {
      long next = valid(parse(value.strip()));
      if (length >= 0 && next != length) {
        throw new MalformedMessage(Failure.Response.MULTIPLE_CONTENT_LENGTH);
      }
      length = next;
    }
    return length;
  }

  private static long valid(long length) {
    if (length < 0) {
      throw new MalformedMessage(Failure.Response.BAD_CONTENT_LENGTH);
    }
    return length;
  }
}

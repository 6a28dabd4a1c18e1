package sallyport.http.codec;

import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.net.Failure;

/** Field lines of one header or trailer section, each checked on arrival (RFC 9112 5). */
public final class FieldSection {
  private final HttpHeaders headers = newHeaders();
  private final int max;
  private final FieldNames unusual;
  private final Failure bad;
  private int count;

  /**
   * @param max how many fields it may have
   * @param unusual what becomes of names with other than letters, digits and hyphens
   * @param bad the failure of a line that is no field line
   */
  public FieldSection(int max, FieldNames unusual, Failure bad) {
    this.max = max;
    this.unusual = unusual;
    this.bad = bad;
  }

  /** Returns an empty section without Netty's checks: each line is checked before it is added. */
  public static HttpHeaders newHeaders() {
    return new HeaderFields();
  }

  public HttpHeaders headers() {
    return headers;
  }

  /**
   * Adds a line, without its line end.
   *
   * @throws MalformedMessage when it is not {@code name: value}, or is one too many
   */
  public void add(byte[] line) {
    add(line, null);
  }

  /**
   * Adds a line, without its line end.
   *
   * @param refused names that make the section malformed; null for none
   * @throws MalformedMessage when it is not {@code name: value}, is refused, or is one too many
   */
  public void add(byte[] line, @Nullable Predicate<CharSequence> refused) {
    int colon = 0;
    boolean plain = true;
    // White space at the start (obs-fold) or before the colon is no token character.
    for (; colon < line.length && line[colon] != ':'; colon++) {
      int octet = line[colon] & 0xff;
      if (!Octets.isToken(octet)) {
        throw new MalformedMessage(bad);
      }
      plain &= Octets.isPlainName(octet);
    }
    if (colon == 0 || colon == line.length) {
      throw new MalformedMessage(bad);
    }
    int start = colon + 1;
    int end = line.length;
    while (start < end && Octets.isBlank(line[start])) {
      start++;
    }
    while (end > start && Octets.isBlank(line[end - 1])) {
      end--;
    }
    for (int i = start; i < end; i++) {
      if (!Octets.isValue(line[i] & 0xff)) {
        throw new MalformedMessage(bad);
      }
    }
    if (++count > max) {
      throw new MalformedMessage(
          bad instanceof Failure.Client
              ? Failure.Client.HEADER_TOO_LARGE
              : Failure.Response.HEADER_TOO_LARGE);
    }
    AsciiString name = KnownNames.of(line, colon);
    if (refused != null && refused.test(name)) {
      throw new MalformedMessage(bad);
    }
    if (!plain && unusual != FieldNames.PASS) {
      if (unusual == FieldNames.REJECT) {
        throw new MalformedMessage(Failure.Client.SUSPICIOUS_HEADER);
      }
      return;
    }
    if (bad instanceof Failure.Client
        && TRANSFER_ENCODING.contentEqualsIgnoreCase(name)
        && (start > colon + 2
            || end < line.length
            || (start > colon + 1 && line[start - 1] != ' '))) {
      // White space that one reader strips and another does not is how this field is disguised.
      throw new MalformedMessage(Failure.Client.BAD_TRANSFER_ENCODING);
    }
    headers.add(name, new AsciiString(line, start, end - start, /* copy= */ false));
  }
}

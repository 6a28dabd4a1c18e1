package sallyport.http.codec.h2;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.TE;
import static io.netty.handler.codec.http.HttpHeaderNames.TRANSFER_ENCODING;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.HeaderFields;
import sallyport.http.codec.KnownNames;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.Octets;
import sallyport.http.codec.TrailerRules;
import sallyport.net.Failure;

/** Conversion of fields to and from HTTP/2 (RFC 9113 section 8.2). */
final class Http2Fields {
  /** Fields of an HTTP/1 connection; they have no place in HTTP/2 (section 8.2.2). */
  private static final Set<AsciiString> CONNECTION_SPECIFIC =
      Set.of(
          CONNECTION,
          AsciiString.cached("keep-alive"),
          AsciiString.cached("proxy-connection"),
          TRANSFER_ENCODING,
          UPGRADE);

  private static final AsciiString COOKIE = AsciiString.cached("cookie");

  private Http2Fields() {}

  /**
   * Copies regular fields, each checked; pseudo-header fields are left out. Cookie crumbs become
   * one field again (section 8.2.3), and count as one: browsers send one a cookie. The size of the
   * section bounds them.
   *
   * @param max how many fields there may be
   * @param trailers whether pseudo-header fields, and those that trailers may not have, are refused
   * @param bad the failure of what does not belong there
   * @throws MalformedMessage when one does not
   */
  static HttpHeaders toHttp1(
      Http2Headers from, boolean trailers, int max, FieldNames unusual, Failure bad) {
    HttpHeaders headers = FieldSection.newHeaders();
    StringBuilder cookies = null;
    int count = 0;
    for (Map.Entry<CharSequence, CharSequence> field : from) {
      AsciiString name = AsciiString.of(field.getKey());
      if (!name.isEmpty() && name.charAt(0) == ':') {
        if (trailers) {
          throw new MalformedMessage(bad);
        }
        continue;
      }
      CharSequence value = field.getValue();
      boolean plain = checkName(name, bad);
      checkValue(value, bad);
      boolean crumb = COOKIE.equals(name);
      if (!(crumb && cookies != null) && ++count > max) {
        throw new MalformedMessage(
            bad instanceof Failure.Client
                ? Failure.Client.HEADER_TOO_LARGE
                : Failure.Response.HEADER_TOO_LARGE);
      }
      if (CONNECTION_SPECIFIC.contains(name)
          || (TE.equals(name) && !AsciiString.contentEqualsIgnoreCase("trailers", value))
          || (trailers && TrailerRules.isForbidden(name, bad instanceof Failure.Client))) {
        throw new MalformedMessage(bad);
      }
      if (!plain && unusual != FieldNames.PASS) {
        if (unusual == FieldNames.REJECT) {
          throw new MalformedMessage(Failure.Client.SUSPICIOUS_HEADER);
        }
      } else if (crumb) {
        cookies = cookies == null ? new StringBuilder() : cookies;
        // Between two separators an empty one would be a pair without a name.
        if (!value.isEmpty()) {
          cookies.append(cookies.isEmpty() ? "" : "; ").append(value);
        }
      } else {
        headers.add(name, value);
      }
    }
    if (cookies != null && !cookies.isEmpty()) {
      headers.add(COOKIE, cookies.toString());
    }
    return headers;
  }

  /**
   * Checks that a name is a lower-case token.
   *
   * @return whether it is made of letters, digits and hyphens alone
   */
  private static boolean checkName(AsciiString name, Failure bad) {
    boolean plain = true;
    for (int i = 0; i < name.length(); i++) {
      int octet = name.byteAt(i) & 0xff;
      if (!Octets.isToken(octet) || (octet >= 'A' && octet <= 'Z')) {
        throw new MalformedMessage(bad);
      }
      plain &= Octets.isPlainName(octet);
    }
    if (name.isEmpty()) {
      throw new MalformedMessage(bad);
    }
    return plain;
  }

  /** Refuses a control character, and white space at either end (section 8.2.1). */
  private static void checkValue(CharSequence value, Failure bad) {
    int length = value.length();
    if (length > 0
        && (Octets.isBlank(value.charAt(0)) || Octets.isBlank(value.charAt(length - 1)))) {
      throw new MalformedMessage(bad);
    }
    for (int i = 0; i < length; i++) {
      if (!Octets.isValue(value.charAt(i))) {
        throw new MalformedMessage(bad);
      }
    }
  }

  /**
   * Returns what HTTP/2 may carry of these fields: names in lower case and values, in turns. No
   * copy is made of a value that came in as octets.
   *
   * @param without names in lower case that are left out
   */
  static AsciiString[] lines(HttpHeaders from, Set<AsciiString> without) {
    HeaderFields fields = HeaderFields.of(from);
    AsciiString[] lines = new AsciiString[2 * fields.size()];
    int end = 0;
    for (int i = 0; i < fields.size(); i++) {
      AsciiString name = KnownNames.lowerCase(fields.name(i));
      if (!CONNECTION_SPECIFIC.contains(name) && !without.contains(name)) {
        lines[end++] = name;
        lines[end++] = AsciiString.of(fields.value(i));
      }
    }
    return end == lines.length ? lines : Arrays.copyOf(lines, end);
  }
}

package sallyport.http.codec.h1;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.Leniency;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.codec.FieldSection;
import sallyport.http.codec.Framing;
import sallyport.http.codec.HttpLimits;
import sallyport.http.codec.MalformedMessage;
import sallyport.http.codec.Octets;
import sallyport.http.codec.TrailerRules;
import sallyport.net.Failure;

/**
 * Decoder of the responses of an HTTP/1 backend. A response without a request is malformed; so is
 * one whose end two readers could see in different places.
 */
public final class ResponseDecoder extends MessageDecoder {
  /** 1xx responses before the final one; a backend that sends more has lost its way. */
  private static final int MAX_INTERIM = 16;

  private static final int MANY_INTERIM = 1000;

  private final Set<Leniency> lenient;
  private HttpVersion version = HttpVersion.HTTP_1_1;
  private HttpResponseStatus status = HttpResponseStatus.OK;

  /** Of the request whose response is awaited; null when there is none. */
  private @Nullable HttpMethod method;

  private boolean upgrade;
  private int interim;

  /** For one connection, to a backend that may break no rule. */
  public ResponseDecoder(HttpLimits limits) {
    this(limits, Set.of());
  }

  /**
   * For one connection.
   *
   * @param lenient the rules that its responses may break
   */
  public ResponseDecoder(HttpLimits limits, Set<Leniency> lenient) {
    super(
        limits,
        FieldNames.PASS,
        Failure.Response.BAD_HEADER,
        Failure.Response.BAD_CHUNK,
        Failure.Response.BAD_TRAILER);
    this.lenient = lenient;
  }

  /** Returns whether responses may break this rule. */
  public boolean forgives(Leniency leniency) {
    return lenient.contains(leniency);
  }

  @Override
  boolean takesBareLf() {
    return forgives(Leniency.BARE_LF);
  }

  @Override
  boolean takesPaddedChunkSizes() {
    return forgives(Leniency.PADDED_CHUNK_SIZES);
  }

  /**
   * Expects one response, to a request that is being sent.
   *
   * @param askedUpgrade whether it may be 101
   */
  public void expect(HttpMethod asked, boolean askedUpgrade) {
    method = asked;
    upgrade = askedUpgrade;
    interim = 0;
  }

  @Override
  boolean isAwaited() {
    return method != null;
  }

  @Override
  Failure badStartLine(boolean tooLong) {
    if (method == null) {
      return Failure.Response.UNASKED_RESPONSE;
    }
    return tooLong ? Failure.Response.HEADER_TOO_LARGE : Failure.Response.BAD_LINE_END;
  }

  /** Parses version, space, three digits, and a reason that is ignored (RFC 9112 section 4). */
  @Override
  void startLine(byte[] line) {
    boolean shaped =
        line.length >= 12
            && (line.length == 12 || line[12] == ' ')
            && new String(line, 0, 7, StandardCharsets.ISO_8859_1).equals("HTTP/1.")
            && line[7] >= '0'
            && line[7] <= '9'
            && line[8] == ' ';
    int code = shaped ? code(line) : -1;
    if (code < 0) {
      throw new MalformedMessage(Failure.Response.BAD_STATUS_LINE);
    }
    if (code < 100 || (code > 599 && !forgives(Leniency.UNUSUAL_STATUSES))) {
      throw new MalformedMessage(Failure.Response.STATUS_OUT_OF_RANGE);
    }
    for (int i = 12; i < line.length; i++) {
      if (!Octets.isValue(line[i] & 0xff)) {
        throw new MalformedMessage(Failure.Response.BAD_STATUS_LINE);
      }
    }
    // A later minor version is read as the latest that there is (RFC 9110 section 2.5).
    version = line[7] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
    status =
        line.length <= 13
            ? HttpResponseStatus.valueOf(code)
            : HttpResponseStatus.valueOf(
                code, new String(line, 13, line.length - 13, StandardCharsets.ISO_8859_1));
  }

  private static int code(byte[] line) {
    int code = 0;
    for (int i = 9; i < 12; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      code = code * 10 + digit;
    }
    return code;
  }

  @Override
  long head(HttpHeaders headers, List<Object> out) {
    if (status.codeClass() == HttpStatusClass.INFORMATIONAL) {
      return informational(headers, out);
    }
    boolean http10 = version.equals(HttpVersion.HTTP_1_0);
    long framing = Framing.ofResponse(headers, http10, forgives(Leniency.EQUAL_CONTENT_LENGTHS));
    boolean emptyChunked = false;
    if (status.code() == 204) {
      // Has no body and may not speak of one (RFC 9110 section 8.6); a zero is forgiven.
      emptyChunked = framing == Framing.CHUNKED;
      if (framing > 0 || (emptyChunked && !forgives(Leniency.EMPTY_CHUNKED_204))) {
        throw new MalformedMessage(Failure.Response.UNEXPECTED_CONTENT);
      }
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    }
    boolean reset = status.code() == 205;
    if (reset && framing > 0) {
      // Has no content (RFC 9110 section 15.3.6); the encoder in front would drop it.
      throw new MalformedMessage(Failure.Response.UNEXPECTED_CONTENT);
    }
    HttpResponse response = new DefaultHttpResponse(version, status, headers);
    boolean bodyless =
        HttpMethod.HEAD.equals(method)
            || (status.code() == 204 && !emptyChunked)
            || status.code() == 304
            || (reset && framing != Framing.CHUNKED);
    method = null;
    out.add(response);
    if (bodyless) {
      return 0;
    }
    if (emptyChunked) {
      return EMPTY_CHUNKED;
    }
    return framing == Framing.NONE ? UNTIL_CLOSE : framing;
  }

  private long informational(HttpHeaders headers, List<Object> out) {
    // None of them has content, and 101 is no exception (RFC 9112 sections 6.1 and 6.2).
    if (status.code() == 101
        && forgives(Leniency.ZERO_LENGTH_101)
        && headers.getAll(HttpHeaderNames.CONTENT_LENGTH).equals(List.of("0"))) {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    }
    if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      throw new MalformedMessage(Failure.Response.INTERIM_WITH_CONTENT);
    }
    if (status.code() == 101) {
      if (!upgrade) {
        throw new MalformedMessage(Failure.Response.UNASKED_SWITCH);
      }
      method = null;
      out.add(new DefaultHttpResponse(version, status, headers));
      return UNTIL_CLOSE;
    }
    int most = forgives(Leniency.MANY_INTERIM_RESPONSES) ? MANY_INTERIM : MAX_INTERIM;
    if (++interim > most) {
      throw new MalformedMessage(Failure.Response.TOO_MANY_INTERIM_RESPONSES);
    }
    out.add(
        new DefaultFullHttpResponse(
            version, status, Unpooled.EMPTY_BUFFER, headers, FieldSection.newHeaders()));
    return HEAD_ONLY;
  }

  @Override
  HttpObject malformedHead(DecoderResult why) {
    HttpResponse response =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_GATEWAY, FieldSection.newHeaders());
    response.setDecoderResult(why);
    return response;
  }

  @Override
  boolean refusesTrailer(CharSequence name) {
    return TrailerRules.isForbidden(name, /* request= */ false);
  }
}

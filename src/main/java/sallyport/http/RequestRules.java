package sallyport.http;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request head must be before anything else looks at it. */
public final class RequestRules {
  private RequestRules() {}

  /**
   * @return null when the head is sound; else why it is refused
   */
  public static @Nullable Failure check(HttpRequest request) {
    DecoderResult decoded = request.decoderResult();
    if (decoded.isFailure()) {
      return undecodable(request, decoded.cause());
    }
    HttpVersion version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return Failure.Client.VERSION_NOT_SUPPORTED;
    }
    HttpMethod method = request.method();
    if (method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE)) {
      return Failure.Client.METHOD_NOT_ALLOWED;
    }
    HttpHeaders headers = request.headers();
    if (headers.contains(HttpHeaderNames.EXPECT)
        && !headers.containsValue(
            HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE, /* ignoreCase= */ true)) {
      return Failure.Client.EXPECTATION_FAILED;
    }
    // A client that nominates a framing field for removal wants two readings of one message.
    return HopByHop.nominatesFraming(headers) ? Failure.Client.BAD_REQUEST : null;
  }

  private static Failure undecodable(HttpRequest request, Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return Failure.Client.URI_TOO_LONG;
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Failure.Client.HEADER_TOO_LARGE;
    }
    HttpHeaders headers = request.headers();
    if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        && headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      return Failure.Client.BOTH_TE_CL_PRESENT;
    }
    return Failure.Client.BAD_REQUEST;
  }

  /**
   * The host that the request is for (RFC 9112 section 3.2): the target's authority where it has
   * one, which must then agree with Host, else Host, of which there must be exactly one.
   *
   * @return null when it is missing, doubled, malformed or contradicted
   */
  public static @Nullable Authority host(HttpRequest request, RequestTarget target) {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1) {
      return null;
    }
    String fromTarget = target.authority();
    if (fromTarget == null) {
      return hosts.isEmpty() ? null : Authority.parse(hosts.getFirst());
    }
    Authority authority = Authority.parse(fromTarget);
    boolean agrees =
        authority != null
            && !hosts.isEmpty()
            && authority.equals(Authority.parse(hosts.getFirst()));
    return agrees ? authority : null;
  }

  /** Whether a body follows this head: it says how long, or that it is chunked. */
  public static boolean announcesBody(HttpRequest request) {
    HttpHeaders headers = request.headers();
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    return length != null
        ? !length.equals("0")
        : headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
  }
}

package sallyport.http.request;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.http.HopByHop;
import sallyport.net.Failure;

/** Rules that every request head must keep, checked first. Stateless. */
public final class RequestRules {
  private RequestRules() {}

  /**
   * @param allowTrace whether TRACE may pass; otherwise it is 405, as CONNECT always is
   * @return null when the head is sound; else why it is refused
   */
  public static @Nullable Failure check(HttpRequest request, boolean allowTrace) {
    HttpMethod method = request.method();
    boolean trace = method.equals(HttpMethod.TRACE);
    if (method.equals(HttpMethod.CONNECT) || (trace && !allowTrace)) {
      return Failure.Client.METHOD_NOT_ALLOWED;
    }
    if (trace && announcesBody(request)) {
      // RFC 9110 section 9.3.8.
      return Failure.Client.BAD_REQUEST;
    }
    if (MaxForwards.isInvalid(request)) {
      return Failure.Client.BAD_HEADER;
    }
    HttpHeaders headers = request.headers();
    List<String> expectations = headers.getAll(HttpHeaderNames.EXPECT);
    if (expectations.size() > 1
        || (expectations.size() == 1
            && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expectations.getFirst()))) {
      return Failure.Client.EXPECTATION_FAILED;
    }
    // A client that nominates a framing field for removal wants two readings of one message.
    return HopByHop.nominatesFraming(headers) ? Failure.Client.BAD_REQUEST : null;
  }

  /**
   * Returns the target in the form that the method allows: {@code *} is for OPTIONS alone (RFC 9112
   * section 3.2.4).
   *
   * @return null when it is invalid
   */
  public static @Nullable RequestTarget target(HttpRequest request) {
    RequestTarget target = RequestTarget.parse(request.uri());
    return target != null && target.isAsterisk() && !request.method().equals(HttpMethod.OPTIONS)
        ? null
        : target;
  }

  /**
   * Returns the host that the request is for (RFC 9112 sections 3.2 and 3.3): the target's
   * authority where it has one, which must then agree with Host, else Host, of which there must be
   * exactly one. HTTP/1.0 may do without: then the name of the TLS handshake stands in, where there
   * is one.
   *
   * @param defaultPort of the listener's scheme
   * @param serverName the SNI; null for none
   * @return null when it is missing, doubled, malformed or contradicted
   */
  public static @Nullable RequestedHost host(
      HttpRequest request, RequestTarget target, int defaultPort, @Nullable String serverName) {
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1) {
      return null;
    }
    String field = hosts.isEmpty() ? "" : hosts.getFirst();
    String fromTarget = target.authority();
    if (field.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return fromTarget == null ? unnamed(serverName) : named(fromTarget);
    }
    if (fromTarget == null) {
      return named(field);
    }
    Authority authority = Authority.parse(fromTarget);
    int port = isPlain(request.uri()) ? Authority.HTTP_PORT : defaultPort;
    boolean agrees = authority != null && authority.isSameAs(Authority.parse(field), port);
    return agrees ? named(field) : null;
  }

  private static @Nullable RequestedHost named(String text) {
    Authority authority = Authority.parse(text);
    return authority == null
        ? null
        : new RequestedHost(authority.host(), Authority.withoutEmptyPort(text));
  }

  private static RequestedHost unnamed(@Nullable String serverName) {
    RequestedHost host = serverName == null ? null : named(serverName);
    return host == null ? RequestedHost.NONE : host;
  }

  /** Returns whether a target in absolute form is one of http. */
  private static boolean isPlain(String uri) {
    return uri.regionMatches(/* ignoreCase= */ true, 0, "http:", 0, 5);
  }

  /** Returns whether a body follows this head: it says how long, or that it is chunked. */
  public static boolean announcesBody(HttpRequest request) {
    HttpHeaders headers = request.headers();
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    return length != null
        ? !length.equals("0")
        : headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
  }
}

package sallyport.proxy.head;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import sallyport.config.http.IdentityFieldsConfig;
import sallyport.front.h1.Http1Framing;
import sallyport.http.FieldNameSet;
import sallyport.http.ReceivedVersion;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedFor;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.http.forwarded.IdentityFields;
import sallyport.http.request.RequestTarget;
import sallyport.jmh.Configured;
import sallyport.net.ClientAuthentication;
import sallyport.net.Peers;
import sallyport.observe.access.ExchangeLog;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Rewriting the heads of a browser's request and of its response. Each rewriting needs fields of
 * its own; what making those takes is measured beside it, to be taken off.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadBenchmark {
  private static final String HOST = "localhost:8443";
  private static final String REQUEST_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final RequestTarget target = RequestTarget.parse("/api/patients/17?fields=name");
  private final Peers peers =
      new Peers(
          new InetSocketAddress("192.0.2.17", 50123),
          new InetSocketAddress("192.0.2.1", 8443),
          /* proxy= */ null);
  private RouteTarget route;
  private ForwardedHeaders forwarded;
  private HttpHeaders ofRequest;
  private HttpHeaders ofResponse;

  private static FieldNameSet dropped(boolean trusted) {
    IdentityFieldsConfig fields = IdentityFieldsConfig.STRICT;
    return new FieldNameSet(fields.dropped(trusted), fields.passing(trusted));
  }

  /** A connection from no trusted proxy, without a client certificate. */
  @Setup
  public void connect() throws Exception {
    try (Configured configured = Configured.plain();
        GatewayMetrics metrics = new GatewayMetrics()) {
      // Nobody sends anything: the route needs no client to its backend.
      route =
          new RouteTarget(
              configured.config().routes().getFirst(), null, metrics.route("all", "legacy"), null);
    }
    forwarded =
        new ForwardedHeaders(
            new ConnectionInfo(
                "https",
                peers.client(),
                peers.local(),
                443,
                false,
                "TLSv1.3",
                "TLS_AES_128_GCM_SHA256",
                "X25519",
                "localhost",
                false,
                ClientAuthentication.NONE,
                new ForwardedFor(peers, any -> false)),
            new IdentityFields(dropped(false), dropped(true)),
            any -> false);
    ofRequest =
        fields()
            .add("Host", HOST)
            .add("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101")
            .add("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .add("Accept-Language", "en-GB,en;q=0.5")
            .add("Accept-Encoding", "gzip, deflate, br, zstd")
            .add("Connection", "keep-alive")
            .add("Cookie", "session=7d1e5c2f9a")
            .add("Sec-Fetch-Site", "same-origin");
    ofResponse =
        fields()
            .add("Server", "nginx")
            .add("Date", "Mon, 01 Jun 2026 12:00:00 GMT")
            .add("Content-Type", "application/json")
            .add("Content-Length", "1024")
            .add("Connection", "keep-alive")
            .add("Cache-Control", "no-store")
            .add("ETag", "\"5f3c-1a2b\"");
  }

  private static HttpHeaders fields() {
    return DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
  }

  /** The request as it came, and nothing done to it. */
  @Benchmark
  public HttpRequest requestAlone() {
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1, HttpMethod.GET, "/api/patients/17?fields=name", ofRequest.copy());
  }

  /** The request as it goes on. */
  @Benchmark
  public HttpRequest request() {
    ExchangeLog exchange = new ExchangeLog("https", peers.address(), "HTTP/1.1", "GET");
    exchange.requestId = REQUEST_ID;
    return RequestHead.forBackend(
        requestAlone(),
        target.rawPath(),
        target.query(),
        HOST,
        route,
        forwarded,
        exchange,
        ReceivedVersion.HTTP_1_1,
        /* webSocket= */ false);
  }

  /** The response as it came. */
  @Benchmark
  public HttpResponse responseAlone() {
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, ofResponse.copy());
  }

  /** The response as it goes on. */
  @Benchmark
  public HttpResponse response() {
    HttpResponse response = responseAlone();
    ResponseHead.forClient(response, ReceivedVersion.HTTP_1_1, route, ofRequest, REQUEST_ID);
    Http1Framing.frame(response, HttpMethod.GET, /* http10Client= */ false);
    return response;
  }
}

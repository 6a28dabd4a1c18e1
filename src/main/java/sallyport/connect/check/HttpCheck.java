package sallyport.connect.check;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.cluster.health.CheckResult;
import sallyport.config.backend.BackendConfig;
import sallyport.config.health.HealthConfig;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.codec.FieldSection;
import sallyport.net.Failure;

/**
 * Request of one check, and its response. The result is known at the end of the response, or after
 * {@link #MAX_BODY} bytes of its body.
 *
 * <p>Every call must run on the event loop of the connection.
 */
final class HttpCheck implements ResponseListener {
  /** Bytes of a body that are read. */
  static final int MAX_BODY = 64 * 1024;

  private static final AsciiString USER_AGENT = AsciiString.cached("Sallyport-Health-Check");
  private static final AsciiString ANY = AsciiString.cached("*/*");

  private final BackendConfig backend;
  private final HealthConfig rules;
  private final Endpoint endpoint;
  private final Consumer<CheckResult> listener;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
  private @Nullable ClientStream stream;
  private int received;
  private boolean over;

  /**
   * @param listener takes the result, once; the connection can be closed then
   */
  HttpCheck(BackendConfig backend, Endpoint endpoint, Consumer<CheckResult> listener) {
    this.backend = backend;
    this.rules = backend.health();
    this.endpoint = endpoint;
    this.listener = listener;
  }

  /**
   * Sends the request.
   *
   * @param timeoutNanos until the result
   */
  void send(ClientStream on, long timeoutNanos) {
    stream = on;
    HttpMethod method =
        switch (rules.method()) {
          case GET -> HttpMethod.GET;
          case HEAD -> HttpMethod.HEAD;
        };
    HttpHeaders headers = FieldSection.newHeaders();
    headers.set(HttpHeaderNames.HOST, host());
    headers.set(HttpHeaderNames.USER_AGENT, USER_AGENT);
    headers.set(HttpHeaderNames.ACCEPT, ANY);
    // HTTP/2 leaves it out.
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    on.begin(this, method, /* webSocket= */ false);
    on.armTimeout(timeoutNanos);
    on.write(
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            method,
            rules.path(),
            Unpooled.EMPTY_BUFFER,
            headers,
            EmptyHttpHeaders.INSTANCE));
    on.flush();
  }

  /** Returns the Host that requests have where neither the client nor the route names one. */
  private String host() {
    String host = rules.host();
    return host != null
        ? host
        : Objects.requireNonNullElse(backend.serverName(), endpoint.written().hostField());
  }

  @Override
  public void onInterim(HttpResponse response) {}

  @Override
  public void onHead(HttpResponse response) {
    if (!rules.expects(response.status().code())) {
      end(new CheckResult.WrongStatus(response.status().code()));
    }
  }

  @Override
  public void onContent(HttpContent content) {
    read(content.content());
    content.release();
    if (received >= MAX_BODY) {
      endOfBody();
    }
  }

  @Override
  public void onEnd(LastHttpContent last) {
    read(last.content());
    last.release();
    endOfBody();
  }

  private void read(ByteBuf content) {
    int octets = Math.min(content.readableBytes(), MAX_BODY - received);
    received += octets;
    if (rules.body() != null) {
      byte[] copy = new byte[octets];
      content.getBytes(content.readerIndex(), copy);
      body.writeBytes(copy);
    }
  }

  private void endOfBody() {
    String text = rules.body();
    // Octets as characters: the text may stand in a body of any encoding that has it.
    boolean found =
        text == null
            || body.toString(StandardCharsets.ISO_8859_1)
                .contains(
                    new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    end(found ? new CheckResult.Passed() : new CheckResult.WrongBody());
  }

  @Override
  public void onReadComplete() {}

  @Override
  public void onWritable() {}

  @Override
  public boolean awaitsBackend() {
    return true;
  }

  @Override
  public void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault) {
    stream = null;
    end(new CheckResult.Failing(failure, fault == null ? null : fault.flag()));
  }

  private void end(CheckResult result) {
    if (over) {
      return;
    }
    over = true;
    if (stream != null) {
      stream.abort();
    }
    listener.accept(result);
  }
}

package sallyport.http.codec.h1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequestEncoder;

/** Encoder of the requests of an HTTP/1 connection to a backend. */
public final class RequestEncoder extends HttpRequestEncoder {
  @Override
  protected void encodeHeaders(HttpHeaders headers, ByteBuf to) {
    FieldLines.write(headers, to);
  }
}

package sallyport.http.codec.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.CharsetUtil;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Encoder of the responses of an HTTP/1 connection. It tracks which of them answer a HEAD, and
 * which is the last.
 */
final class ResponseEncoder extends HttpResponseEncoder {
  private final ArrayDeque<HttpMethod> asked = new ArrayDeque<>(4);
  private final Consumer<HttpResponseStatus> answered;
  private final Runnable ended;

  /** Whether the response that is being written says that it is the last. */
  private boolean closes;

  /**
   * @param answered hears the final status, or 101, of the newest request; not those of pipelined
   *     ones before it, which say nothing of what follows it
   * @param ended hears that a response is written whole that ends the connection
   */
  ResponseEncoder(Consumer<HttpResponseStatus> answered, Runnable ended) {
    this.answered = answered;
    this.ended = ended;
  }

  /**
   * Returns the octets of a response that leaves without a pipeline.
   *
   * @param head whether it answers a HEAD
   */
  static ByteBuf encode(FullHttpResponse response, boolean head) {
    ByteBuf to = Unpooled.buffer();
    String statusLine = response.protocolVersion() + " " + response.status() + "\r\n";
    to.writeCharSequence(statusLine, CharsetUtil.US_ASCII);
    FieldLines.write(response.headers(), to);
    to.writeCharSequence("\r\n", CharsetUtil.US_ASCII);
    return head ? to : to.writeBytes(response.content());
  }

  void asked(HttpMethod method) {
    asked.add(method);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    super.write(ctx, message, promise);
    // Not with the head: until then the rest of the request may still be on its way to a backend.
    if (closes && message instanceof LastHttpContent) {
      ended.run();
    }
  }

  @Override
  protected void encodeHeaders(HttpHeaders headers, ByteBuf to) {
    FieldLines.write(headers, to);
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    HttpResponseStatus status = response.status();
    boolean upgraded = status.code() == 101;
    if (status.codeClass() == HttpStatusClass.INFORMATIONAL && !upgraded) {
      return true;
    }
    closes = !HttpUtil.isKeepAlive(response);
    HttpMethod method = asked.poll();
    if (asked.isEmpty()) {
      answered.accept(status);
    }
    return !upgraded && (HttpMethod.HEAD.equals(method) || super.isContentAlwaysEmpty(response));
  }
}

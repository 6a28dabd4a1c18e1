package sallyport.tools.demo;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.stream.ChunkedStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Service of the demo backend: {@code /hello}, {@code /echo}, {@code /stream?bytes=N} and {@code
 * POST /upload}, each answered once its request is whole. Bodies are counted, not kept. One for
 * each connection.
 */
final class DemoHandler extends SimpleChannelInboundHandler<HttpObject> {
  private static final int CHUNK_BYTES = 16 * 1024;

  private @Nullable HttpRequest request;
  private long bodyBytes;

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) throws IOException {
    if (message instanceof HttpRequest head) {
      if (head.decoderResult().isFailure()) {
        // Nothing that follows is a request, so no end would come either.
        text(ctx, HttpResponseStatus.BAD_REQUEST, "bad request\n");
        ctx.close();
        return;
      }
      request = head;
      bodyBytes = 0;
    }
    if (message instanceof HttpContent content) {
      bodyBytes += content.content().readableBytes();
    }
    if (message instanceof LastHttpContent && request != null) {
      answer(ctx, request);
      request = null;
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest asked) throws IOException {
    var target = new QueryStringDecoder(asked.uri());
    switch (target.path()) {
      case "/hello" -> text(ctx, HttpResponseStatus.OK, "hello\n");
      case "/echo" -> text(ctx, HttpResponseStatus.OK, describe(ctx, asked));
      case "/stream" -> stream(ctx, asked, target.parameters().getOrDefault("bytes", List.of("0")));
      case "/upload" -> text(ctx, HttpResponseStatus.OK, bodyBytes + " bytes\n");
      default ->
          text(ctx, HttpResponseStatus.NOT_FOUND, "try /hello /echo /stream?bytes=N or /upload\n");
    }
  }

  private static void text(ChannelHandlerContext ctx, HttpResponseStatus status, String body) {
    var response =
        new DefaultFullHttpResponse(HTTP_1_1, status, Unpooled.copiedBuffer(body, UTF_8));
    response
        .headers()
        .set(CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(CONTENT_LENGTH, response.content().readableBytes());
    ctx.writeAndFlush(response);
  }

  private static String describe(ChannelHandlerContext ctx, HttpRequest asked)
      throws SSLPeerUnverifiedException {
    var text = new StringBuilder();
    text.append(asked.method()).append(' ').append(asked.uri()).append(' ');
    text.append(asked.protocolVersion()).append('\n');
    for (Map.Entry<String, String> field : asked.headers()) {
      text.append(field.getKey()).append(": ").append(field.getValue()).append('\n');
    }
    return text.append("\nclient certificate: ").append(caller(ctx)).append('\n').toString();
  }

  private static String caller(ChannelHandlerContext ctx) throws SSLPeerUnverifiedException {
    var session = ctx.pipeline().get(SslHandler.class).engine().getSession();
    return session.getPeerPrincipal() + " over " + session.getProtocol();
  }

  private static void stream(ChannelHandlerContext ctx, HttpRequest asked, List<String> bytes) {
    long count;
    try {
      count = Long.parseLong(bytes.getFirst());
    } catch (NumberFormatException notANumber) {
      count = -1;
    }
    if (count < 0) {
      text(ctx, HttpResponseStatus.BAD_REQUEST, "bytes must be a whole number, 0 or more\n");
      return;
    }
    var head = new DefaultHttpResponse(HTTP_1_1, HttpResponseStatus.OK);
    head.headers().set(CONTENT_TYPE, "application/octet-stream").set(CONTENT_LENGTH, count);
    ctx.write(head);
    if (asked.method().equals(HttpMethod.HEAD)) {
      ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    } else {
      ctx.writeAndFlush(
          new HttpChunkedInput(new ChunkedStream(new PatternStream(count), CHUNK_BYTES)));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // A caller that was refused or went away: nothing that the demo would add to.
  }
}

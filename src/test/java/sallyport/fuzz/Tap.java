package sallyport.fuzz;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Exception;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import sallyport.fuzz.Message.Field;
import sallyport.fuzz.Message.Framing;
import sallyport.http.codec.MalformedMessage;
import sallyport.net.Failure;

/**
 * Sits behind a codec of the gateway and writes down what the gateway takes the bytes or frames
 * for, and every exception that its handlers would keep to themselves.
 */
final class Tap extends ChannelDuplexHandler {
  private final List<Message> messages = new ArrayList<>();
  private final Consumer<Throwable> faults;
  private final Runnable gone;

  Tap(Consumer<Throwable> faults) {
    this(faults, () -> {});
  }

  /**
   * @param faults takes what handlers have thrown
   * @param gone hears that the channel is closed
   */
  Tap(Consumer<Throwable> faults, Runnable gone) {
    this.faults = faults;
    this.gone = gone;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.channel().closeFuture().addListener(closed -> gone.run());
  }

  List<Message> messages() {
    return messages;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpObject part) {
      note(part);
    }
    ctx.fireChannelRead(message);
  }

  private void note(HttpObject part) {
    if (part instanceof HttpMessage head) {
      messages.add(start(head));
    }
    Message current = messages.getLast();
    DecoderResult result = part.decoderResult();
    if (result.isFailure()) {
      if (!(result.cause() instanceof MalformedMessage)) {
        faults.accept(new AssertionError("not a MalformedMessage", result.cause()));
      }
      Failure failure = MalformedMessage.in(part);
      current.failure = failure == null ? "none" : failure.flag();
      return;
    }
    if (part instanceof HttpContent content) {
      current.body.append(content.content().toString(StandardCharsets.ISO_8859_1));
    }
    if (part instanceof LastHttpContent last) {
      copy(last.trailingHeaders(), current.trailers);
      current.whole = true;
    }
  }

  private static Message start(HttpMessage head) {
    Message message = new Message();
    message.http10 = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
    copy(head.headers(), message.fields);
    message.framing =
        HttpUtil.isTransferEncodingChunked(head)
            ? Framing.CHUNKED
            : HttpUtil.isContentLengthSet(head) ? Framing.LENGTH : Framing.NONE;
    if (head instanceof HttpRequest request) {
      message.method = request.method().name();
      message.target = request.uri();
    } else if (head instanceof HttpResponse response) {
      message.status = response.status().code();
    }
    return message;
  }

  private static void copy(HttpHeaders from, List<Field> to) {
    from.forEach(field -> to.add(new Field(field.getKey(), field.getValue())));
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    ctx.write(
        message,
        promise
            .unvoid()
            .addListener(
                written -> {
                  if (!written.isSuccess()
                      && !(written.cause() instanceof ClosedChannelException)) {
                    fault(written.cause());
                  }
                }));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fault(cause);
    ctx.fireExceptionCaught(cause);
  }

  /** That a peer breaks the rules of HTTP/2 is none. */
  private void fault(Throwable cause) {
    if (!(cause instanceof Http2Exception)) {
      faults.accept(cause);
    }
  }
}

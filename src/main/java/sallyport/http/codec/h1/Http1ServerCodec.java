package sallyport.http.codec.h1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.http.codec.HttpLimits;

/**
 * Codec of HTTP/1 connections of clients. When a request to change to WebSocket is answered with
 * 101, what follows is handed through as contents until the connection closes; any other answer to
 * it is the connection's last, and what the client sent meanwhile is discarded. So is, unread, all
 * that follows a complete response that ends the connection.
 */
public final class Http1ServerCodec
    extends CombinedChannelDuplexHandler<RequestDecoder, ResponseEncoder> {
  private final RequestDecoder decoder;
  private @Nullable ChannelHandlerContext context;

  /** For one connection that may become a WebSocket. */
  public Http1ServerCodec(HttpLimits limits, FieldNames unusualNames) {
    this(limits, unusualNames, /* upgrades= */ true);
  }

  private Http1ServerCodec(HttpLimits limits, FieldNames unusualNames, boolean upgrades) {
    ResponseEncoder encoder = new ResponseEncoder(this::answered, this::ended);
    decoder = new RequestDecoder(limits, unusualNames, upgrades, encoder::asked);
    init(decoder, encoder);
  }

  /** Returns the codec of one connection on which Upgrade has no effect (RFC 9110 section 7.8). */
  public static Http1ServerCodec withoutUpgrades(HttpLimits limits, FieldNames unusualNames) {
    return new Http1ServerCodec(limits, unusualNames, /* upgrades= */ false);
  }

  /**
   * Returns the octets of a response that leaves without a pipeline, and releases the response.
   *
   * @param head whether it answers a HEAD, so that its body is left out
   */
  public static ByteBuf encode(FullHttpResponse response, boolean head) {
    try {
      return ResponseEncoder.encode(response, head);
    } finally {
      response.release();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    super.handlerAdded(ctx);
  }

  /** Reads and discards what the client sends until it closes its end. */
  private void ended() {
    decoder.stop();
  }

  private void answered(HttpResponseStatus status) {
    if (!decoder.isSuspended()) {
      return;
    }
    if (status.code() == 101) {
      decoder.tunnel(Objects.requireNonNull(context));
    } else {
      decoder.stop();
    }
  }
}

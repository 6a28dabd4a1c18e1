package sallyport.connect.h2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;

/**
 * Check that ends the connection to a backend that sends frames on a stream which was never opened
 * (RFC 9113 section 5.1, idle). Netty looks at a frame before it asks whether its stream exists,
 * and takes what is malformed for an error of that stream: the gateway might then open the stream
 * itself, and take what follows for the response.
 */
final class UnopenedStreams extends DecoratingHttp2ConnectionDecoder {
  private boolean broken;

  UnopenedStreams(Http2ConnectionDecoder decoder) {
    super(decoder);
  }

  @Override
  public void decodeFrame(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Http2Exception {
    if (broken) {
      in.skipBytes(in.readableBytes());
      return;
    }
    try {
      super.decodeFrame(ctx, in, out);
    } catch (Http2Exception.StreamException e) {
      if (!connection().streamMayHaveExisted(e.streamId())) {
        broken = true;
        throw new Http2Exception(
            Http2Error.PROTOCOL_ERROR, "a frame of a stream that was never opened", e);
      }
      throw e;
    }
  }
}

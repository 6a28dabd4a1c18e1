package sallyport.connect.security;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import sallyport.cluster.Endpoint;
import sallyport.connect.endpoint.ConnectionObserver;
import sallyport.net.Failure;
import sallyport.postgres.Packet;

/**
 * Step of a PostgreSQL server: SSLRequest, which the server answers S, then mutual TLS. A server
 * that declines is refused; nothing else is sent to it.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class PostgresStep implements SecurityStep {
  private static final String ASKING = "ssl-request";
  private static final byte GRANTED = 'S';

  private final SecurityStep tls;
  private final ConnectionObserver observer;

  /**
   * @param tls the step after the server has agreed
   */
  public PostgresStep(SecurityStep tls, ConnectionObserver observer) {
    this.tls = tls;
    this.observer = observer;
  }

  @Override
  public boolean begin(
      Channel channel, Endpoint endpoint, SocketAddress address, boolean http1, Listener listener) {
    channel
        .pipeline()
        .addLast(
            ASKING,
            new Asking(
                endpoint, listener, () -> tls.begin(channel, endpoint, address, http1, listener)));
    channel.writeAndFlush(Packet.sslRequest());
    return true;
  }

  @Override
  public void inUse(Channel channel) {
    tls.inUse(channel);
  }

  @Override
  public Failure.Upstream classify(Throwable cause) {
    return tls.classify(cause);
  }

  @Override
  public String describe(Throwable cause) {
    return tls.describe(cause);
  }

  /** Beginning of TLS, false once the backend is no longer in use. */
  private interface Handshake {
    boolean begin();
  }

  /** Wait for the answer of one server. */
  private final class Asking extends ChannelInboundHandlerAdapter {
    private final Endpoint endpoint;
    private final Listener listener;
    private final Handshake handshake;
    private boolean answered;

    Asking(Endpoint endpoint, Listener listener, Handshake handshake) {
      this.endpoint = endpoint;
      this.listener = listener;
      this.handshake = handshake;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf answer = (ByteBuf) message;
      // More than the answer would be read as if it had come in TLS (CVE-2021-23222).
      final boolean granted =
          answer.readableBytes() == 1 && answer.getByte(answer.readerIndex()) == GRANTED;
      ReferenceCountUtil.release(answer);
      if (answered) {
        return;
      }
      answered = true;
      if (!granted) {
        String detail = "the server does not speak TLS";
        observer.audit(endpoint, Failure.Upstream.PROTOCOL_MISMATCH, detail);
        listener.onRefused(ctx.channel(), Failure.Upstream.PROTOCOL_MISMATCH, detail);
        return;
      }
      ctx.pipeline().remove(this);
      if (!handshake.begin()) {
        listener.onRefused(ctx.channel(), Failure.Upstream.TLS_HANDSHAKE, /* detail= */ null);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
      refuse(ctx, new ClosedChannelException());
      super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      refuse(ctx, cause);
    }

    private void refuse(ChannelHandlerContext ctx, Throwable cause) {
      if (!answered) {
        answered = true;
        listener.onRefused(ctx.channel(), tls.classify(cause), tls.describe(cause));
      }
    }
  }
}

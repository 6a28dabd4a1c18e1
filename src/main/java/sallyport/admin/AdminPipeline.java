package sallyport.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.admin.access.Operator;
import sallyport.net.ClientAuthentication;
import sallyport.net.ClientIdentity;
import sallyport.tls.hello.Preface;
import sallyport.tls.server.ServerTls;
import sallyport.tls.server.TlsInfo;

/** The pipeline of a connection to an admin listener, plain or under TLS. */
@Sharable
public final class AdminPipeline extends ChannelInitializer<Channel> {
  private static final int IDLE_SECONDS = 60;
  private static final int MAX_BODY = 1024;

  private final AdminContext context;
  private final Supplier<@Nullable ServerTls> tls;

  /**
   * For all connections to one listener.
   *
   * @param tls what new connections get; null for plain ones
   */
  public AdminPipeline(AdminContext context, Supplier<@Nullable ServerTls> tls) {
    this.context = context;
    this.tls = tls;
  }

  @Override
  protected void initChannel(Channel channel) {
    ServerTls accepting = tls.get();
    InetSocketAddress peer = (InetSocketAddress) channel.remoteAddress();
    if (accepting == null) {
      addTo(context, channel, new Operator.Address(peer), () -> tls.get() == null);
      return;
    }
    channel
        .pipeline()
        .addLast("hello", accepting.newHandler(channel.eventLoop(), Preface.NONE))
        .addLast(
            "admin-tls",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof TlsInfo info) {
                  addTo(
                      context,
                      channel,
                      operator(peer, info.proof()),
                      // Other settings of TLS may refuse this client.
                      () -> accepting.equals(tls.get()));
                  ctx.pipeline().remove(this);
                } else {
                  ctx.fireUserEventTriggered(event);
                }
              }
            });
  }

  private static Operator operator(InetSocketAddress peer, ClientAuthentication proof) {
    ClientIdentity client = proof.identity();
    if (proof.refusal() != null) {
      return new Operator.Refused(peer);
    }
    return client == null ? new Operator.Anonymous(peer) : new Operator.Certified(client);
  }

  /**
   * Adds the handlers of HTTP.
   *
   * @param current whether the settings with which the connection was accepted still hold
   */
  public static void addTo(
      AdminContext context, Channel channel, Operator operator, BooleanSupplier current) {
    channel.config().setAutoRead(false);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast("idle", new ReadTimeoutHandler(IDLE_SECONDS));
    pipeline.addLast("http", new HttpServerCodec());
    pipeline.addLast("whole", new HttpObjectAggregator(MAX_BODY));
    pipeline.addLast("one", new FlowControlHandler());
    pipeline.addLast("admin", new AdminHandler(context, operator, current));
  }
}

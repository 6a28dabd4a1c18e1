package sallyport.front.entrance;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import java.util.function.Function;
import sallyport.tls.hello.Preface;
import sallyport.tls.server.ServerTls;

/**
 * Begin of the pipeline of a TLS connection, the same for every protocol: the PROXY protocol
 * header, and the handlers of the handshake.
 *
 * <p>On the event loop of each connection; sharable.
 */
public abstract class TlsEntrance extends ChannelInitializer<Channel> {
  private final AcceptContext accept;
  private final ServerTls tls;
  private final Function<Channel, Preface> preface;

  /**
   * @param preface what comes before TLS on a connection
   */
  public TlsEntrance(AcceptContext accept, ServerTls tls, Function<Channel, Preface> preface) {
    this.accept = accept;
    this.tls = tls;
    this.preface = preface;
  }

  @Override
  protected final void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, accept, this::build);
  }

  private void build(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    addBelow(pipeline);
    pipeline.addLast("hello", tls.newHandler(channel.eventLoop(), preface.apply(channel)));
    addAbove(pipeline);
  }

  /** Adds the handlers in front of TLS. */
  protected void addBelow(ChannelPipeline pipeline) {}

  /** Adds the handlers of the protocol, which wait for the end of the handshake. */
  protected abstract void addAbove(ChannelPipeline pipeline);
}

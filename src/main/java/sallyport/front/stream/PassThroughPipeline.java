package sallyport.front.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import sallyport.front.entrance.AcceptContext;
import sallyport.front.entrance.ProxyHeaderHandler;
import sallyport.net.Connections;
import sallyport.stream.StreamClient;
import sallyport.stream.StreamConnection;
import sallyport.stream.StreamContext;
import sallyport.tls.passthrough.PassThroughHello;

/**
 * Pipeline of TLS that passes unopened: its ClientHello is read, and all octets are relayed.
 *
 * <p>On the event loop of each connection; sharable.
 */
public final class PassThroughPipeline extends ChannelInitializer<Channel> {
  private final AcceptContext accept;
  private final PassThroughHello.Context hello;
  private final StreamContext context;

  /** Creates the pipeline for all connections of one listener. */
  public PassThroughPipeline(
      AcceptContext accept, PassThroughHello.Context hello, StreamContext context) {
    this.accept = accept;
    this.hello = hello;
    this.context = context;
  }

  @Override
  protected void initChannel(Channel channel) {
    ProxyHeaderHandler.addTo(channel, accept, this::build);
  }

  private void build(Channel channel) {
    // A cut is a reset: FIN passes on its own, as a part of what both ends say.
    Connections.resetWhenCut(channel);
    StreamConnection stream = new StreamConnection(context);
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(
        "hello",
        new PassThroughHello(
            hello,
            (read, highest) ->
                stream.begin(StreamClient.ofPassing(read.serverName(), highest.label()))));
    pipeline.addLast("stream", stream);
  }
}

package sallyport.net.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import sallyport.net.ConnectionEvent;
import sallyport.net.admission.Admission;
import sallyport.observe.metrics.DownstreamMetrics;

/**
 * Connections that a socket accepts while one configuration of its listener is in use, with their
 * admission and pipeline.
 *
 * <p>Any thread.
 */
public final class ListenerGeneration {
  private final Admission admission;
  private final ChannelHandler pipeline;
  private final DownstreamMetrics metrics;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /**
   * @param admission decides which connections are accepted
   * @param pipeline builds the pipeline of each of those; sharable
   */
  public ListenerGeneration(
      Admission admission, ChannelHandler pipeline, DownstreamMetrics metrics) {
    this.admission = admission;
    this.pipeline = pipeline;
    this.metrics = metrics;
  }

  /**
   * Returns a future that is done when the last accepted connection has closed. Call it once the
   * generation is replaced.
   */
  public Future<?> left() {
    return connections.newCloseFuture();
  }

  Admission admission() {
    return admission;
  }

  ChannelHandler pipeline() {
    return pipeline;
  }

  DownstreamMetrics metrics() {
    return metrics;
  }

  void add(Channel connection) {
    connections.add(connection);
  }

  /** Asks all connections to finish what they have begun. */
  void retire() {
    for (Channel connection : connections) {
      connection.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
    }
  }
}

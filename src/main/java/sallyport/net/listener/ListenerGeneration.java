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

/** What becomes of the connections that a socket accepts, as one configuration has it. */
public final class ListenerGeneration {
  private final Admission admission;
  private final ChannelHandler pipeline;
  private final DownstreamMetrics metrics;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  /**
   * @param admission decides which of the connections stay
   * @param pipeline initialises each of those
   */
  public ListenerGeneration(
      Admission admission, ChannelHandler pipeline, DownstreamMetrics metrics) {
    this.admission = admission;
    this.pipeline = pipeline;
    this.metrics = metrics;
  }

  /** Done when the last connection that has come through has closed; ask when it is in no use. */
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

  void entered(Channel connection) {
    connections.add(connection);
  }

  /** Asks every connection that has come through to finish what it has begun. */
  void retire() {
    for (Channel connection : connections) {
      connection.pipeline().fireUserEventTriggered(ConnectionEvent.RETIRE);
    }
  }
}

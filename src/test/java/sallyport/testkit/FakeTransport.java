package sallyport.testkit;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ClientStream;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.connect.stream.PendingStream;
import sallyport.net.Failure;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.observe.metrics.UpstreamMetrics;

/** A way to a backend whose connections come about when the test says so. */
public final class FakeTransport implements ClientTransport {
  /** A connection that is being opened. */
  public static final class Pending implements PendingStream {
    public final Endpoint endpoint;
    final ConnectListener listener;
    public final boolean patient;
    boolean done;
    public boolean cancelled;

    Pending(Endpoint endpoint, ConnectListener listener, boolean patient) {
      this.endpoint = endpoint;
      this.listener = listener;
      this.patient = patient;
    }

    public void connected(ClientStream stream) {
      done = true;
      listener.onConnected(stream);
    }

    public void failed(Failure.Upstream failure) {
      done = true;
      listener.onConnectFailure(failure);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public boolean isDone() {
      return done;
    }
  }

  private final GatewayMetrics metrics;
  private final Cluster backend;

  /** Idle connections, the next one first. */
  public final ArrayDeque<FakeClientStream> idle = new ArrayDeque<>();

  /** What {@link #connect} hands over before it returns, the next one first. */
  public final ArrayDeque<FakeClientStream> atOnce = new ArrayDeque<>();

  public final List<Pending> pending = new ArrayList<>();
  public final List<String> failures = new ArrayList<>();
  public boolean pins = true;

  /** Of a backend {@code app}. */
  public FakeTransport(Cluster backend, GatewayMetrics metrics) {
    this.backend = backend;
    this.metrics = metrics;
  }

  @Override
  public Cluster cluster() {
    return backend;
  }

  @Override
  public UpstreamMetrics metrics(Endpoint endpoint) {
    return metrics.upstream("app", endpoint.name());
  }

  @Override
  public @Nullable ClientStream poll(EventLoop loop, Endpoint endpoint) {
    return idle.poll();
  }

  @Override
  public PendingStream connect(
      EventLoop loop,
      Endpoint endpoint,
      ConnectListener listener,
      ConnectionNeeds needs,
      boolean patient) {
    Pending made = new Pending(endpoint, listener, patient);
    pending.add(made);
    FakeClientStream now = atOnce.poll();
    if (now != null) {
      made.connected(now);
    }
    return made;
  }

  @Override
  public void exchangeFailed(
      Endpoint endpoint, Failure.Upstream failure, Failure.@Nullable Response fault) {
    failures.add(
        endpoint.host() + " " + failure.flag() + (fault == null ? "" : " " + fault.flag()));
  }

  @Override
  public boolean canPin() {
    return pins;
  }

  @Override
  public boolean pinsAlways() {
    return false;
  }
}

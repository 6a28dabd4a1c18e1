package sallyport.connect.check;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.MembershipListener;
import sallyport.cluster.health.CheckTimes;
import sallyport.cluster.health.HealthState;
import sallyport.config.backend.BackendConfig;
import sallyport.config.health.HealthConfig.Check;
import sallyport.connect.dial.Connector;
import sallyport.connect.dial.Dialer;
import sallyport.connect.endpoint.Addresses;
import sallyport.connect.endpoint.CheckObserver;
import sallyport.connect.endpoint.ConnectionObserver;
import sallyport.connect.endpoint.EndpointObserver;
import sallyport.connect.security.SecurityStep;

/**
 * Health checks of the endpoints of one backend. Each endpoint is checked by one event loop,
 * however many there are. An unhealthy endpoint is withdrawn; requests in flight at it go on.
 *
 * <p>Any thread.
 */
public final class HealthChecks implements MembershipListener {
  private final Cluster cluster;
  private final BackendConfig backend;
  private final List<EventLoop> loops = new ArrayList<>();
  private final Addresses.Resolver resolver;
  private final Dialer dialer;
  private final Function<ConnectionObserver, SecurityStep> security;
  private final EndpointObserver traffic;
  private final CheckTimes times;
  private final Map<Endpoint, EndpointCheck> checks = new ConcurrentHashMap<>();
  private int turn; // guarded by this
  private boolean running; // guarded by this

  /**
   * Checks nothing yet.
   *
   * @param security makes the step that secures connections, as for requests
   * @param traffic observes the connections of requests
   */
  public HealthChecks(
      Cluster cluster,
      Addresses.Resolver resolver,
      Iterable<? extends EventExecutor> loops,
      Dialer dialer,
      Function<ConnectionObserver, SecurityStep> security,
      EndpointObserver traffic) {
    this.cluster = cluster;
    this.backend = cluster.config();
    loops.forEach(loop -> this.loops.add((EventLoop) loop));
    this.resolver = resolver;
    this.dialer = dialer;
    this.security = security;
    this.traffic = traffic;
    this.times = new CheckTimes(backend.health(), () -> ThreadLocalRandom.current().nextDouble());
  }

  /**
   * Begins to check all endpoints, if the backend has health checks, and those that join later as
   * long as they are there.
   */
  public void start() {
    if (backend.health().isOn()) {
      cluster.checksRun(true);
      synchronized (this) {
        running = true;
        // Not the first loop for all backends.
        turn = ThreadLocalRandom.current().nextInt(loops.size());
      }
      cluster.onMembership(this);
    }
  }

  @Override
  public synchronized void joined(Endpoint endpoint) {
    if (running) {
      EndpointCheck check = check(endpoint, loops.get(turn++ % loops.size()));
      checks.put(endpoint, check);
      check.start();
    }
  }

  @Override
  public synchronized void left(Endpoint endpoint) {
    EndpointCheck check = checks.remove(endpoint);
    if (check != null) {
      check.stop();
    }
  }

  /** Ends all checks. The states of the endpoints stay. */
  public synchronized void stop() {
    running = false;
    cluster.checksRun(false);
    checks.values().forEach(EndpointCheck::stop);
    checks.clear();
  }

  /** Returns the health of an endpoint; {@link HealthState#UNCHECKED} where it is not checked. */
  public HealthState state(Endpoint endpoint) {
    EndpointCheck check = checks.get(endpoint);
    return check == null ? HealthState.UNCHECKED : check.state();
  }

  private EndpointCheck check(Endpoint endpoint, EventLoop loop) {
    CheckObserver observer = new CheckObserver(backend, endpoint, traffic);
    SecurityStep step =
        backend.health().check() == Check.TCP ? new TcpStep() : security.apply(observer);
    Connector connector = new Connector(backend, timeout(), resolver, dialer, step, observer);
    return new EndpointCheck(loop, backend, endpoint, connector, observer, times);
  }

  /** Returns the limit of the time to open a connection: a request would not wait longer either. */
  private Duration timeout() {
    Duration check = backend.health().timeout();
    Duration connect = backend.connectTimeout();
    return check.compareTo(connect) < 0 ? check : connect;
  }
}

package sallyport.cluster;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.ejection.EjectionChange;
import sallyport.cluster.ejection.Ejections;
import sallyport.cluster.ejection.EndpointEjection;
import sallyport.cluster.health.SlowStart;
import sallyport.cluster.limit.Permits;
import sallyport.config.backend.BackendConfig.EndpointConfig;
import sallyport.values.AddressText;

/**
 * Address of a cluster, with its load and the places for its connections.
 *
 * <p>A name has an endpoint for each of its addresses, and one for all of them as long as they are
 * not known. Any thread.
 */
public final class Endpoint {
  /** What it stands for, with a weight that may change. */
  private volatile Target target;

  private final EndpointConfig config;
  private final String name;
  private final @Nullable SocketAddress resolved;
  private final String address;
  private final EndpointEjection ejection;
  private final Withdrawals withdrawals;
  private final SlowStart slowStart;

  /** Begin of its slow start. */
  private volatile long slowSince = SlowStart.NONE;

  private final AtomicInteger requests = new AtomicInteger();
  private final Permits connections;

  /** Of the cluster, one for each request that waits for a place. */
  private final Permits waiting;

  /** Those who wait for a place, in turn. */
  private final Queue<Runnable> takers = new ConcurrentLinkedQueue<>();

  /** The address of the latest failure; empty if none is known. */
  private volatile String failureAddress = "";

  /**
   * @param waiting bounds the requests that wait for a place, at all endpoints of the cluster
   * @param withdrawn counts the endpoints of the cluster that are withdrawn
   * @param slowStart of the cluster
   * @param changes takes each change of its ejection, on any thread
   */
  Endpoint(
      Target target,
      int maxConnections,
      Permits waiting,
      Ejections ejections,
      AtomicInteger withdrawn,
      SlowStart slowStart,
      BiConsumer<Endpoint, EjectionChange> changes) {
    this.target = target;
    this.config = target.written();
    this.name = config.toString();
    this.resolved = target.address();
    this.address = resolved == null ? "" : AddressText.of(resolved);
    this.connections = new Permits(maxConnections);
    this.waiting = waiting;
    this.withdrawals = new Withdrawals(withdrawn);
    this.slowStart = slowStart;
    this.ejection = new EndpointEjection(ejections, change -> ejected(change, changes));
  }

  private void ejected(EjectionChange change, BiConsumer<Endpoint, EjectionChange> changes) {
    if (change instanceof EjectionChange.Returned) {
      startSlowly();
    }
    changes.accept(this, change);
  }

  /** Begins a slow start: it joins others, or comes back. */
  void startSlowly() {
    slowSince = slowStart.begin();
  }

  /** Returns the share of its weight that it has now, 1 to {@link SlowStart#FULL}. */
  int share() {
    return slowStart.share(slowSince);
  }

  /**
   * Returns a name or an IP address, IPv6 without brackets; for a service the name that stands for
   * it in certificates; {@code localhost} for a Unix socket.
   */
  public String host() {
    return config.provenName();
  }

  /**
   * Returns the port, 1 to 65535; 0 of a service as long as its hosts are not known, and of a Unix
   * socket.
   */
  public int port() {
    return resolved instanceof InetSocketAddress tcp ? tcp.getPort() : config.port();
  }

  /**
   * Returns {@code host:port} or {@code unix:/path} as it is configured: the metric tag and the log
   * field.
   */
  public String name() {
    return name;
  }

  /** Returns the address of its name that it stands for; null as in {@link Target}. */
  public @Nullable SocketAddress resolved() {
    return resolved;
  }

  /** Returns {@link #resolved} as {@code ADDRESS:PORT}; empty for null. */
  public String address() {
    return address;
  }

  /** Returns whether this is its name or its address, with the port. */
  boolean isCalled(String nameOrAddress) {
    return name.equals(nameOrAddress) || (!address.isEmpty() && address.equals(nameOrAddress));
  }

  /** Returns the name, and the address behind it if it stands for one, for people. */
  public String described() {
    return address.isEmpty() ? name : name + " at " + address;
  }

  /** Returns the endpoint as it is configured. */
  public EndpointConfig written() {
    return config;
  }

  // ---- membership

  /** Returns what it stands for. */
  Target target() {
    return target;
  }

  /** Takes the weight of a target with the same key, and whether it is a backup. */
  void use(Target next) {
    target = next;
  }

  /** Ends its part in the counts of the cluster: it has left. */
  void leave() {
    withdrawals.leave();
    ejection.leave();
  }

  /** Returns whether it has left the cluster. What chose it before may still use it. */
  public boolean hasLeft() {
    return withdrawals.hasLeft();
  }

  /** Returns whether no connection to it is open. */
  public boolean isUnconnected() {
    return connections.taken() == 0;
  }

  // ---- service

  /** Returns its share, 1 or more, in proportion to those of the others. */
  public int weight() {
    return target.weight();
  }

  /** Returns whether it serves only where no other endpoint can. */
  public boolean isBackup() {
    return target.backup();
  }

  /** Returns its ejection. */
  public EndpointEjection ejection() {
    return ejection;
  }

  /**
   * Takes it out of service. Requests in progress go on.
   *
   * @return false if it was out for this reason already
   */
  public boolean withdraw(Withdrawal reason) {
    return withdrawals.add(reason);
  }

  /**
   * Ends what {@link #withdraw} began; other reasons stand.
   *
   * @return false if it was not out for this reason
   */
  public boolean restore(Withdrawal reason) {
    if (!withdrawals.contains(reason)) {
      return false;
    }
    // Before it gets requests.
    startSlowly();
    return withdrawals.remove(reason);
  }

  /** Returns whether it is out of service for this reason. */
  public boolean isWithdrawn(Withdrawal reason) {
    return withdrawals.contains(reason);
  }

  /** Returns whether it is in service: neither ejected nor withdrawn. */
  public boolean isUp() {
    return withdrawals.isEmpty() && ejection.isInService();
  }

  /** Returns whether it may be chosen: it is in service, or due for a trial after an ejection. */
  boolean isAvailable() {
    return withdrawals.isEmpty() && ejection.isAvailable();
  }

  // ---- failures

  /** Notes the address of a failure, {@code ADDRESS:PORT}, for the log. */
  public void failedAt(String address) {
    failureAddress = address;
  }

  /** Returns the address of the latest failure; empty if none is known. */
  public String failureAddress() {
    return failureAddress;
  }

  // ---- load

  /** Counts a request that begins; {@link #requestEnded} must follow. */
  void requestStarted() {
    requests.incrementAndGet();
  }

  /** Counts the end of a request that {@link #requestStarted} counted. */
  void requestEnded() {
    requests.decrementAndGet();
  }

  /** Returns the number of requests in progress. */
  public int requests() {
    return requests.get();
  }

  // ---- places for connections

  /**
   * Takes the place of one connection.
   *
   * @return false when all are taken, or others wait for one; true: {@link #connectionClosed} must
   *     follow
   */
  public boolean tryOpenConnection() {
    return takers.isEmpty() && connections.tryTake();
  }

  /**
   * Waits for a place.
   *
   * @param taker runs once, on the thread that gave the place up, or on this one; the place is then
   *     taken and {@link #connectionClosed} must follow
   */
  public void awaitPlace(Runnable taker) {
    takers.add(taker);
    handOver();
  }

  /**
   * Waits no more.
   *
   * @return false when it did not wait: the place has been taken for it
   */
  public boolean stopAwaiting(Runnable taker) {
    return takers.remove(taker);
  }

  /** Returns whether an event loop waits for a place. */
  public boolean isAwaited() {
    return !takers.isEmpty();
  }

  /** Returns whether another event loop than this taker's waits for a place. */
  public boolean isAwaitedBeside(Runnable taker) {
    return takers.stream().anyMatch(other -> !other.equals(taker));
  }

  /**
   * Counts a request that begins to wait for a place.
   *
   * @return false when as many wait as may, at all endpoints of the cluster; true: {@link
   *     #waitEnded} must follow, once
   */
  public boolean tryWait() {
    return waiting.tryTake();
  }

  /** Counts the end of a wait that {@link #tryWait} counted. */
  public void waitEnded() {
    waiting.giveBack();
  }

  /** Gives back what {@link #tryOpenConnection} or {@link #awaitPlace} took. */
  public void connectionClosed() {
    connections.giveBack();
    handOver();
  }

  /**
   * Hands free places to those that wait; called after each place that became free and each wait
   * that began, so that neither misses the other.
   */
  private void handOver() {
    while (!takers.isEmpty() && connections.tryTake()) {
      Runnable taker = takers.poll();
      if (taker == null) {
        connections.giveBack();
      } else {
        taker.run();
      }
    }
  }
}

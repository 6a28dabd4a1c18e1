package sallyport.cluster;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import sallyport.cluster.ejection.EjectionChange;
import sallyport.cluster.ejection.Ejections;
import sallyport.cluster.ejection.EndpointEjection;
import sallyport.cluster.health.SlowStart;
import sallyport.cluster.limit.Permits;
import sallyport.config.backend.BackendConfig.EndpointConfig;

/** Address of a cluster, with its load and the places for its connections. Any thread. */
public final class Endpoint {
  private final EndpointConfig config;
  private final String name;
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
      EndpointConfig config,
      int maxConnections,
      Permits waiting,
      Ejections ejections,
      AtomicInteger withdrawn,
      SlowStart slowStart,
      BiConsumer<Endpoint, EjectionChange> changes) {
    this.config = config;
    this.name = config.toString();
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

  /** Returns a name or an IP address, IPv6 without brackets. */
  public String host() {
    return config.host();
  }

  /** Returns the port, 1 to 65535. */
  public int port() {
    return config.port();
  }

  /** Returns {@code host:port}: the metric tag and the log field. */
  public String name() {
    return name;
  }

  /** Returns its configured share, 1 or more, in proportion to those of the others. */
  public int weight() {
    return config.weight();
  }

  /** Returns whether it serves only where no other endpoint can. */
  public boolean isBackup() {
    return config.backup();
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

  /** Notes the address of a failure, {@code ADDRESS:PORT}, for the log. */
  public void failedAt(String address) {
    failureAddress = address;
  }

  /** Returns the address of the latest failure; empty if none is known. */
  public String failureAddress() {
    return failureAddress;
  }

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

package sallyport.net.admission;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.PerSourceConfig;
import sallyport.config.listener.RateConfig;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;
import sallyport.values.CidrSet;
import sallyport.values.ClientAddress;
import sallyport.values.TokenBucket;

/**
 * Limits of one listener on connections: their number, their rate, and both for each source.
 * Trusted proxies are not a source: they forward the connections of all clients.
 */
public final class Admission {
  private static final LongSupplier CLOCK = System::nanoTime;
  private static final RateConfig ANY_RATE = new RateConfig(0, 1);

  /**
   * Connections of a listener. Immutable.
   *
   * @param open the number of all
   * @param sources the numbers by source: the first 8 octets of its address
   */
  public record Counts(int open, Map<Long, Integer> sources) {
    /** No connections. */
    public static final Counts NONE = new Counts(0, Map.of());
  }

  private record Rules(int maxConnections, TokenBucket rate, CidrSet proxies) {}

  private volatile Rules rules;
  private final LongSupplier nanoTime;
  private final AtomicLong full;
  private final AtomicInteger open = new AtomicInteger();
  private final Sources sources;

  /** Number of connections of the same listener at another process. */
  private volatile int elsewhere;

  /** Null where memory does not matter. */
  private final @Nullable BufferMemory memory;

  private final String listener;
  private final DownstreamMetrics metrics;
  private final AuditLog audit;

  /**
   * @param proxies whose connections count for no source
   */
  public Admission(
      String listener,
      LimitsConfig limits,
      CidrSet proxies,
      BufferMemory memory,
      DownstreamMetrics metrics,
      AuditLog audit) {
    this(listener, limits, proxies, memory, metrics, audit, CLOCK);
  }

  Admission(
      String listener,
      LimitsConfig limits,
      CidrSet proxies,
      BufferMemory memory,
      DownstreamMetrics metrics,
      AuditLog audit,
      LongSupplier nanoTime) {
    this(
        limits.maxConnections(),
        limits.newConnections(),
        limits.perSource(),
        proxies,
        memory,
        listener,
        metrics,
        audit,
        nanoTime);
  }

  private Admission(
      int maxConnections,
      RateConfig newConnections,
      PerSourceConfig perSource,
      CidrSet proxies,
      @Nullable BufferMemory memory,
      String listener,
      DownstreamMetrics metrics,
      AuditLog audit,
      LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.full = new AtomicLong(nanoTime.getAsLong());
    this.rules = new Rules(maxConnections, Sources.bucket(newConnections), proxies);
    this.sources = new Sources(perSource);
    this.memory = memory;
    this.listener = listener;
    this.metrics = metrics;
    this.audit = audit;
  }

  /** Returns a limit of the number alone, for a listener that must be reachable under load. */
  public static Admission upTo(
      int connections, String listener, DownstreamMetrics metrics, AuditLog audit) {
    return new Admission(
        connections,
        ANY_RATE,
        new PerSourceConfig(connections, ANY_RATE),
        CidrSet.NONE,
        null,
        listener,
        metrics,
        audit,
        CLOCK);
  }

  /** Holds connections to other limits from now on; those that are open go on counting. */
  public void use(LimitsConfig limits, CidrSet proxies) {
    sources.use(limits.perSource());
    rules = new Rules(limits.maxConnections(), Sources.bucket(limits.newConnections()), proxies);
  }

  /** Returns the connections that count now. */
  public Counts counts() {
    return new Counts(open.get(), sources.counts());
  }

  /** Counts the connections of another process too, in place of those that it had before. */
  public void countElsewhere(Counts counts) {
    sources.countElsewhere(counts.sources());
    elsewhere = counts.open();
  }

  /**
   * Decides on a connection as soon as it is accepted, and reports a refusal.
   *
   * @return whether it may stay; it then counts until it closes
   */
  public boolean accept(Channel connection) {
    InetSocketAddress peer = (InetSocketAddress) connection.remoteAddress();
    if (peer == null) {
      // It has gone already.
      return false;
    }
    Refusal refusal = refusal(connection, peer.getAddress());
    if (refusal != null) {
      report(refusal, ClientAddress.direct(peer));
      return false;
    }
    open.incrementAndGet();
    connection.closeFuture().addListener(closed -> open.decrementAndGet());
    return true;
  }

  private @Nullable Refusal refusal(Channel connection, InetAddress peer) {
    Rules now = rules;
    if (open.get() + elsewhere >= now.maxConnections()) {
      return Refusal.CONNECTION_LIMIT;
    }
    if (memory != null && memory.isExhausted()) {
      return Refusal.MEMORY;
    }
    // The source first: what one of them does too often must not use up what is for all.
    Refusal refusal = now.proxies().contains(peer) ? null : enter(connection, peer);
    return refusal == null && !take(now.rate(), nanoTime.getAsLong())
        ? Refusal.CONNECTION_RATE
        : refusal;
  }

  /**
   * Decides on a connection that a proxy brought, once it has said for whom, and reports a refusal.
   *
   * @return whether it may stay; it then counts for this source until it closes
   */
  public boolean acceptFor(Channel connection, ClientAddress client) {
    Refusal refusal = enter(connection, client.client().getAddress());
    if (refusal != null) {
      report(refusal, client);
    }
    return refusal == null;
  }

  private void report(Refusal refusal, ClientAddress client) {
    metrics.connectionRefused(refusal.flag());
    audit.record(new AuditEvent.ConnectionRefused(listener, client, refusal.flag()));
  }

  private @Nullable Refusal enter(Channel connection, InetAddress source) {
    Refusal refusal = sources.enter(source, nanoTime.getAsLong());
    if (refusal == null) {
      connection.closeFuture().addListener(closed -> sources.leave(source, nanoTime.getAsLong()));
    }
    return refusal;
  }

  private boolean take(TokenBucket rate, long now) {
    while (true) {
      long before = full.get();
      long after = rate.take(before, now);
      if (after == TokenBucket.EMPTY) {
        return false;
      }
      if (full.compareAndSet(before, after)) {
        return true;
      }
    }
  }

  /** Forgets sources that are gone; call it every few seconds. */
  public void sweep() {
    sources.sweep(nanoTime.getAsLong());
  }
}

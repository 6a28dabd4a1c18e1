package sallyport.cluster.ejection;

import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.limit.Permits;
import sallyport.config.backend.EjectionConfig;

/**
 * Ejections of one cluster, which keep to the greatest number of endpoints that are out at a time.
 *
 * <p>Any thread; no locks.
 */
public final class Ejections {
  /** Trial of an ejected endpoint when its time is over. */
  public enum Trials {
    /** A request. */
    REQUESTS,
    /** A request, after a health check that has passed. */
    CHECKED_REQUESTS,
    /** A health check that the endpoint answers as it would answer a request. */
    CHECKS
  }

  /**
   * @param endpoints number of all
   * @param most how many of them may be out at a time
   */
  record Size(int endpoints, int most) {
    static Size of(EjectionConfig rules, int endpoints) {
      return new Size(endpoints, rules.most(endpoints));
    }
  }

  private final EjectionConfig rules;

  /** Number of all endpoints, and how many of them may be out at a time. */
  private volatile Size size;

  private final LongSupplier nanoTime;

  private volatile Trials trials = Trials.REQUESTS;

  /** Null where no latency ejects. */
  private final @Nullable LatencyComparison latencies;

  /** Endpoints that are not in service. Counted before they leave and after they return. */
  private final Permits out;

  /**
   * @param endpoints number of all endpoints of the cluster
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public Ejections(EjectionConfig rules, int endpoints, LongSupplier nanoTime) {
    this.rules = rules;
    this.size = Size.of(rules, endpoints);
    this.out = new Permits(size.most());
    this.nanoTime = nanoTime;
    EjectionConfig.Latency latency = rules.latency();
    this.latencies = latency.isOn() ? new LatencyComparison(latency, nanoTime.getAsLong()) : null;
  }

  /**
   * Sets the number of endpoints. If more are out than may be then, they stay out for their time.
   *
   * @param endpoints number of all endpoints of the cluster
   */
  public void resize(int endpoints) {
    size = Size.of(rules, endpoints);
    out.limit(size.most());
  }

  /**
   * Sets the endpoints whose latencies are compared: they serve at the same time.
   *
   * @param peers without backups, which get requests when others cannot serve
   */
  public void compare(List<? extends LatencyComparison.Peer> peers) {
    if (latencies != null) {
      latencies.compare(peers);
    }
  }

  /** Returns the comparison of latencies; null where none ejects. */
  @Nullable LatencyComparison latencies() {
    return latencies;
  }

  /** Returns whether an endpoint may be out of service. */
  public boolean isAnyOut() {
    return out.taken() != 0;
  }

  /** Sets what tries an ejected endpoint. */
  public void trials(Trials by) {
    trials = by;
  }

  Trials trials() {
    return trials;
  }

  /** Returns whether an endpoint can be ejected at all. */
  boolean isOn() {
    return size.most() != 0;
  }

  Size size() {
    return size;
  }

  EjectionConfig rules() {
    return rules;
  }

  long now() {
    return nanoTime.getAsLong();
  }

  /**
   * Counts an endpoint as out.
   *
   * @return false if as many are out as may be; true: {@link #giveBack} must follow its return
   */
  boolean tryTake() {
    return out.tryTake();
  }

  /** Counts the return of an endpoint that {@link #tryTake} counted. */
  void giveBack() {
    out.giveBack();
  }
}

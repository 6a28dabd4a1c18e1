package sallyport.cluster.ejection;

import java.util.function.LongSupplier;
import sallyport.cluster.limit.Permits;
import sallyport.config.backend.EjectionConfig;

/**
 * Ejections of one cluster, which keep to the greatest number of endpoints that are out at a time.
 *
 * <p>Any thread; no locks.
 */
public final class Ejections {
  private final EjectionConfig rules;
  private final int most;
  private final LongSupplier nanoTime;

  /** Whether health checks try ejected endpoints, in place of requests. */
  private volatile boolean trialsByChecks;

  /** Endpoints that are not in service. Counted before they leave and after they return. */
  private final Permits out;

  /**
   * @param endpoints number of all endpoints of the cluster
   * @param nanoTime the clock, as {@link System#nanoTime}
   */
  public Ejections(EjectionConfig rules, int endpoints, LongSupplier nanoTime) {
    this.rules = rules;
    this.most = rules.most(endpoints);
    this.out = new Permits(most);
    this.nanoTime = nanoTime;
  }

  /** Returns whether an endpoint may be out of service. */
  public boolean isAnyOut() {
    return out.taken() != 0;
  }

  /** Leaves the trial of an ejected endpoint to health checks, or to requests. */
  public void trialsByChecks(boolean byChecks) {
    trialsByChecks = byChecks;
  }

  boolean areTrialsByChecks() {
    return trialsByChecks;
  }

  /** Returns whether an endpoint can be ejected at all. */
  boolean isOn() {
    return most != 0;
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

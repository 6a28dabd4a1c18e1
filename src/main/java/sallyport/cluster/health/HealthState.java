package sallyport.cluster.health;

import sallyport.config.health.HealthConfig;

/**
 * Health of an endpoint by its checks.
 *
 * <pre>
 *   Unchecked ── first check passes ──→ Healthy
 *       │                               │   ↑
 *       │                   fall fail   ↓   │   rise pass
 *       └── first check fails ──────→ Unhealthy
 * </pre>
 *
 * <p>An unchecked endpoint counts as healthy: a start and a reload refuse no request for the lack
 * of a check. The first check decides alone, so that an endpoint that is down is out soon after.
 *
 * <p>Immutable. Any thread.
 */
public sealed interface HealthState {
  /** No check has ended. */
  HealthState UNCHECKED = new Unchecked();

  /** Returns whether requests may go to the endpoint. */
  boolean isHealthy();

  /** Returns the state after a further check. */
  HealthState after(CheckResult result, HealthConfig rules);

  /** No check has ended. */
  record Unchecked() implements HealthState {
    @Override
    public boolean isHealthy() {
      return true;
    }

    @Override
    public HealthState after(CheckResult result, HealthConfig rules) {
      return switch (result) {
        case CheckResult.Passed passed -> new Healthy(0);
        case CheckResult.Failed failed -> new Unhealthy(failed, 1, 0);
      };
    }
  }

  /**
   * In service.
   *
   * @param failures of checks, in a row
   */
  record Healthy(int failures) implements HealthState {
    @Override
    public boolean isHealthy() {
      return true;
    }

    @Override
    public HealthState after(CheckResult result, HealthConfig rules) {
      return switch (result) {
        case CheckResult.Passed passed -> failures == 0 ? this : new Healthy(0);
        case CheckResult.Failed failed ->
            failures + 1 < rules.fall()
                ? new Healthy(failures + 1)
                : new Unhealthy(failed, failures + 1, 0);
      };
    }
  }

  /**
   * Out of service.
   *
   * @param reason the latest failure
   * @param failures of checks in a row that took it out
   * @param passes of checks since, in a row
   */
  record Unhealthy(CheckResult.Failed reason, int failures, int passes) implements HealthState {
    @Override
    public boolean isHealthy() {
      return false;
    }

    @Override
    public HealthState after(CheckResult result, HealthConfig rules) {
      return switch (result) {
        case CheckResult.Passed passed ->
            passes + 1 < rules.rise()
                ? new Unhealthy(reason, failures, passes + 1)
                : new Healthy(0);
        case CheckResult.Failed failed -> new Unhealthy(failed, failures, 0);
      };
    }
  }
}

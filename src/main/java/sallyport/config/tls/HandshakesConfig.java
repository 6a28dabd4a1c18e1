package sallyport.config.tls;

import java.time.Duration;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Share of an event loop that the handshakes of a listener may take. The unit is a full handshake
 * with a P-256 key; one with RSA weighs more.
 *
 * @param perTurn the weight that may be started in one turn of an event loop, full and resumed ones
 *     each; 1 or more
 * @param maxWaiting how many of each may wait for a turn of their event loop; a further one is
 *     refused
 * @param maxWait how long one may wait; in an overload that lasts longer than this, a tenth of it
 */
public record HandshakesConfig(
    @Limit(key = "per-turn", min = "1", max = "10000", looser = Looser.RAISED) int perTurn,
    @Limit(key = "max-waiting", min = "0", max = "1000000", looser = Looser.RAISED) int maxWaiting,
    @Limit(key = "max-wait", min = "10ms", max = "1m", looser = Looser.RAISED) Duration maxWait) {

  /** Returns how long one may wait in an overload that lasts. */
  public Duration maxWaitInOverload() {
    return maxWait.dividedBy(10);
  }
}

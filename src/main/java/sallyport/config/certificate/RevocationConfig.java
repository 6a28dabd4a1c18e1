package sallyport.config.certificate;

import java.time.Duration;
import java.util.List;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of revocation checks for certificates of peers.
 *
 * @param crls revocation lists; empty: none are asked for
 * @param mode what becomes of a peer that no current list speaks of
 * @param ocsp whether responders are asked, and what becomes of a peer of whom they say nothing
 * @param ocspTimeout how long a handshake waits for each of them; above 0
 */
public record RevocationConfig(
    List<CrlConfig> crls,
    Mode mode,
    Ocsp ocsp,
    @Limit(
            key = "ocsp-timeout",
            min = "10ms",
            max = "1m",
            looser = Looser.ELSEWHERE,
            reason = "a shorter one is looser while ocsp = soft")
        Duration ocspTimeout) {
  /** No list is read, and no responder is asked. */
  public static final RevocationConfig NONE =
      new RevocationConfig(List.of(), Mode.HARD, Ocsp.OFF, Duration.ofSeconds(1));

  /** Use of OCSP responders. */
  public enum Ocsp {
    OFF,
    /** A peer of whom nothing is said passes, and is counted. */
    SOFT,
    /** It is refused. */
    HARD
  }

  /** Treatment of a peer whose revocation is unknown. */
  public enum Mode {
    /** It passes, and is counted. */
    SOFT,
    /** It is refused. */
    HARD
  }
}

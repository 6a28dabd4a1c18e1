package sallyport.config.certificate;

import java.time.Duration;
import java.util.List;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Settings of keys, for all listeners and backends.
 *
 * @param looseModes what becomes of key files that others than their owner may read or write
 * @param openTimeout how long a file, a command or a token may take to answer; over it, what it was
 *     to open is not opened
 * @param watch how often files are looked at for what has changed; 0: never. Rarer looks take up
 *     later what is no longer to be trusted
 * @param tokenAway whether the gateway is ready while a token that it uses is away
 * @param crlEnded whether the gateway is ready while a revocation list has ended that refuses peers
 * @param signers how signatures are had from keys that stay in a token
 * @param expiryWarnings how long before a certificate's end to warn, once each; longest first,
 *     often none
 */
public record KeysConfig(
    LooseModes looseModes,
    @Limit(key = "open-timeout", min = "100ms", max = "10m", looser = Looser.RAISED)
        Duration openTimeout,
    @Limit(key = "watch", min = "100ms", max = "1h", orZero = true, looser = Looser.RAISED_OR_ZERO)
        Duration watch,
    TokenAway tokenAway,
    CrlEnded crlEnded,
    @Section("signers") SignersConfig signers,
    List<Duration> expiryWarnings) {
  /** Treatment of a file with a secret that others than its owner can read. */
  public enum LooseModes {
    /** Nothing starts. */
    REFUSE,
    /** The same, but the group of the file may read it: mounted secrets have a group. */
    GROUP_MAY_READ,
    /** A warning in the log. */
    WARN
  }

  /** Readiness while a token is away. */
  public enum TokenAway {
    /** Not ready: others are to take what needs its keys. */
    NOT_READY,
    /** Ready, for what needs none of them. */
    CONTINUE
  }

  /** Readiness while a required revocation list has ended. */
  public enum CrlEnded {
    /** Ready, for what is not held against it. */
    CONTINUE,
    /** Not ready. */
    NOT_READY
  }
}

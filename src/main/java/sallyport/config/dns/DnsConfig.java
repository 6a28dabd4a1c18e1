package sallyport.config.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the names of endpoints.
 *
 * @param servers literal addresses, asked in this order; empty: those of the operating system
 * @param least how long an answer is used at least, also if its time to live is shorter
 * @param most how long an answer is used at most; not below {@code least}
 * @param timeout of one question to one server
 */
public record DnsConfig(
    Resolver resolver,
    List<InetSocketAddress> servers,
    @Limit(
            key = "least",
            min = "10ms",
            max = "1h",
            looser = Looser.NEVER,
            reason = "who is reached is for TLS to prove")
        Duration least,
    @Limit(
            key = "most",
            min = "10ms",
            max = "1d",
            looser = Looser.NEVER,
            reason = "who is reached is for TLS to prove")
        Duration most,
    @Limit(
            key = "timeout",
            min = "10ms",
            max = "1m",
            looser = Looser.NEVER,
            reason = "how long work may take")
        Duration timeout) {
  /** Way to resolve a name. */
  public enum Resolver {
    /** The hosts file, then DNS servers. */
    DNS,
    /** The operating system, which does not tell times to live and knows no services. */
    SYSTEM
  }
}

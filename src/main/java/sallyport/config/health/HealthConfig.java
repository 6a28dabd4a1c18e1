package sallyport.config.health;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the health checks of a backend's endpoints.
 *
 * @param path of the request, with its query
 * @param host of the request; null: the name that the endpoint's certificate is verified for
 * @param expect statuses of healthy endpoints, such as {@code 2xx} and {@code 204}; at least one
 * @param body text that the body of the response must have; null for any body
 * @param interval from the start of a check to the start of the next
 * @param jitter share of the interval, in percent, that is added at most, at random
 * @param timeout of one check, all of it; not above {@code interval}
 * @param rise checks in a row that pass until an unhealthy endpoint is healthy
 * @param fall checks in a row that fail until a healthy endpoint is unhealthy
 */
public record HealthConfig(
    Check check,
    Method method,
    String path,
    @Nullable String host,
    Set<String> expect,
    @Nullable String body,
    @Limit(
            key = "interval",
            min = "10ms",
            max = "1h",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        Duration interval,
    @Limit(
            key = "jitter",
            min = "0%",
            max = "100%",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        int jitter,
    @Limit(
            key = "timeout",
            min = "10ms",
            max = "5m",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        Duration timeout,
    @Limit(
            key = "rise",
            min = "1",
            max = "100",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        int rise,
    @Limit(
            key = "fall",
            min = "1",
            max = "100",
            looser = Looser.NEVER,
            reason = "which endpoint serves, not who is served")
        int fall) {
  /** Kind of a check. */
  public enum Check {
    OFF,
    /** A request, and its response. */
    HTTP,
    /** A handshake of mutual TLS. */
    TLS,
    /** SSLRequest of PostgreSQL, and a handshake of mutual TLS. */
    POSTGRES,
    /** A TCP connection. */
    TCP
  }

  /** Method of the request of a check. */
  public enum Method {
    GET,
    HEAD
  }

  /** Returns whether there are checks. */
  public boolean isOn() {
    return check != Check.OFF;
  }

  /** Returns whether a healthy endpoint may answer with this status. */
  public boolean expects(int status) {
    return expect.contains(Integer.toString(status)) || expect.contains(status / 100 + "xx");
  }
}

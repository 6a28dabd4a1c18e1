package sallyport.cli.notify;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.gateway.reload.ReloadObserver;
import sallyport.values.DurationText;

/**
 * Service manager of this process, as systemd is one for services of {@code Type=notify}
 * (sd_notify(3)). It is told nothing without NOTIFY_SOCKET. A message that cannot be sent is logged
 * and does not stop the gateway. Thread-safe.
 */
public final class ServiceManager implements ReloadObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private static final String SOCKET = "NOTIFY_SOCKET";
  private static final String WATCHDOG_MICROS = "WATCHDOG_USEC";
  private static final String WATCHDOG_PID = "WATCHDOG_PID";
  private static final String READY = "READY=1";

  /** How long the close behind a drain may take. */
  private static final Duration CLOSE = Duration.ofSeconds(30);

  private final @Nullable NotifySocket socket;

  /** How often a sign of life is given; null for never. */
  private final @Nullable Duration signs;

  private final long pid;
  private @Nullable Watchdog watchdog; // guarded by this, as all below
  private int reloads;
  private boolean stopping;

  private ServiceManager(@Nullable NotifySocket socket, @Nullable Duration signs, long pid) {
    this.socket = socket;
    this.signs = signs;
    this.pid = pid;
  }

  /** Returns the service manager that has started this process. */
  public static ServiceManager ofProcess() {
    return of(System.getenv(), ProcessHandle.current().pid());
  }

  /** Returns the service manager that an environment names to the process with this number. */
  static ServiceManager of(Map<String, String> environment, long pid) {
    String address = environment.get(SOCKET);
    if (address == null || address.isEmpty()) {
      return new ServiceManager(null, null, pid);
    }
    try {
      return new ServiceManager(NotifySocket.open(address), signs(environment, pid), pid);
    } catch (IOException unusable) {
      LOG.warn(
          "{} '{}' cannot be used, the service manager is told nothing: {}",
          SOCKET,
          address,
          unusable.getMessage());
      return new ServiceManager(null, null, pid);
    }
  }

  /** Returns half of the time within which a sign of life has to come. */
  private static @Nullable Duration signs(Map<String, String> environment, long pid) {
    String micros = environment.get(WATCHDOG_MICROS);
    String whose = environment.get(WATCHDOG_PID);
    if (micros == null || (whose != null && !whose.equals(Long.toString(pid)))) {
      return null;
    }
    try {
      long limit = Long.parseLong(micros);
      if (limit > 0) {
        return Duration.ofNanos(Math.multiplyExact(limit, 500));
      }
    } catch (NumberFormatException | ArithmeticException unusable) {
      // Told below.
    }
    LOG.warn("{} '{}' is no time in microseconds", WATCHDOG_MICROS, micros);
    return null;
  }

  /** Tells that the start has begun. */
  public synchronized void starting() {
    tell("STATUS=opening certificates and keys");
  }

  /**
   * Tells that the gateway serves, and gives signs of life from now on.
   *
   * @param addresses the bound ones, for people
   * @param loops every event loop, which has to run a task for each sign
   */
  public synchronized void serving(String addresses, List<Executor> loops) {
    tell(READY, "MAINPID=" + pid, "STATUS=serving " + addresses);
    if (socket != null && signs != null && watchdog == null) {
      watchdog = Watchdog.start(loops, signs, () -> tell("WATCHDOG=1"));
    }
  }

  @Override
  public synchronized void reloading() {
    reloads++;
    if (socket != null && !stopping) {
      try {
        tell(
            "RELOADING=1",
            "MONOTONIC_USEC=" + NotifySocket.monotonicMicros(),
            "STATUS=reloading the configuration");
      } catch (IOException noClock) {
        LOG.warn("the service manager is not told of a reload: {}", noClock.getMessage());
      }
    }
  }

  @Override
  public synchronized void reloaded(boolean good) {
    reloads--;
    // Ready behind the last one: each message has the whole state.
    if (reloads == 0 && !stopping) {
      tell(READY, "STATUS=serving, the last reload was " + (good ? "applied" : "refused"));
    }
  }

  /**
   * Tells that the gateway stops.
   *
   * @param longest how long connections are waited for
   */
  public synchronized void stopping(Duration longest) {
    stopping = true;
    tell(
        "STOPPING=1",
        "EXTEND_TIMEOUT_USEC=" + longest.plus(CLOSE).toNanos() / 1000,
        "STATUS=stopping, waiting for connections for " + DurationText.of(longest) + " at most");
  }

  /** Gives no sign of life any more. */
  @Override
  public synchronized void close() {
    if (watchdog != null) {
      watchdog.close();
    }
  }

  private void tell(String... lines) {
    if (socket != null) {
      try {
        socket.send(String.join("\n", lines));
      } catch (IOException failed) {
        LOG.warn("{} is not told '{}': {}", socket, lines[0], failed.getMessage());
      }
    }
  }
}

package sallyport.connect.endpoint;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Panic;

/**
 * Observer of the times in which no endpoint of one backend is in service: it counts requests, and
 * logs each change.
 *
 * <p>Any thread.
 */
final class PanicObserver implements Panic.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(PanicObserver.class);

  private final String backend;
  private final Runnable count;

  /**
   * @param count counts a request
   */
  PanicObserver(String backend, Runnable count) {
    this.backend = backend;
    this.count = count;
  }

  @Override
  public void onRequest() {
    count.run();
  }

  @Override
  public void onBegin() {
    LOG.warn(
        "backend {}: no endpoint is in service; requests go to all that are not drained", backend);
  }

  @Override
  public void onEnd() {
    LOG.info("backend {}: an endpoint is in service again", backend);
  }
}

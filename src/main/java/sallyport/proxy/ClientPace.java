package sallyport.proxy;

import org.jspecify.annotations.Nullable;
import sallyport.net.Failure;
import sallyport.net.transport.MinimumRate;
import sallyport.net.transport.TransferProgress;
import sallyport.observe.access.ExchangeLog;
import sallyport.proxy.stream.HttpStream;

/**
 * Progress of the client of one exchange, for {@link MinimumRate}.
 *
 * <p>Every call must run on the event loop of the exchange.
 */
final class ClientPace implements TransferProgress {
  private final Exchange exchange;
  private final HttpStream client;
  private final MinimumRate rates;
  private final long minRequestRate;
  private final ExchangeLog log;
  private MinimumRate.@Nullable Place place;

  /**
   * @param minRequestRate the minimum rate of a request body in bytes a second; 0 for none
   */
  ClientPace(
      Exchange exchange,
      HttpStream client,
      MinimumRate rates,
      long minRequestRate,
      ExchangeLog log) {
    this.exchange = exchange;
    this.client = client;
    this.rates = rates;
    this.minRequestRate = minRequestRate;
    this.log = log;
  }

  /** Applies the minimum rate until {@link #leave}. */
  void enter() {
    place = rates.enter(this);
  }

  /** Ends the minimum rate; does nothing before {@link #enter}. */
  void leave() {
    if (place != null) {
      rates.leave(place);
      place = null;
    }
  }

  @Override
  public long requestBytes() {
    return log.requestBytes;
  }

  @Override
  public boolean awaitsClient() {
    return exchange.awaitsClient();
  }

  @Override
  public long minRequestRate() {
    return minRequestRate;
  }

  @Override
  public long deliveredBytes() {
    return client.deliveredBytes();
  }

  @Override
  public boolean hasBacklog() {
    return exchange.isResponding() && client.hasBacklog();
  }

  @Override
  public void requestTooSlow() {
    exchange.fail(Failure.Client.BODY_TOO_SLOW);
  }

  @Override
  public void responseTooSlow() {
    exchange.fail(Failure.Client.READ_TOO_SLOW);
  }
}

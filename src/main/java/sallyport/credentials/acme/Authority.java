package sallyport.credentials.acme;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.connector.Connection;
import org.shredzone.acme4j.connector.DefaultConnection;
import org.shredzone.acme4j.connector.HttpConnector;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.connector.Resource;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeProtocolException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;

/**
 * Conversation with an authority. It remembers until when the authority wants no requests: the
 * library reports that only of rate limits, but servers also send it with 503.
 *
 * <p>For one thread.
 */
final class Authority {
  private final Session session;
  private volatile @Nullable Instant retryAfter;

  Authority(URI directory, HttpClient http) {
    session = new Session(directory, new Provider(http));
    session.setLocale(Locale.ENGLISH);
  }

  Session session() {
    return session;
  }

  URL url() {
    try {
      return session.getServerUri().toURL();
    } catch (MalformedURLException checkedBefore) {
      throw new IllegalStateException(checkedBefore);
    }
  }

  /** Returns whether it suggests when to renew (RFC 9773). */
  boolean suggestsRenewals() throws AcmeException {
    return session.resourceUrlOptional(Resource.RENEWAL_INFO).isPresent();
  }

  /**
   * Returns when it wants to be asked again, as its last refusal said; null when it did not say.
   */
  @Nullable Instant retryAfter() {
    return retryAfter;
  }

  private final class Provider extends GenericAcmeProvider {
    private final HttpClient http;

    Provider(HttpClient http) {
      this.http = http;
    }

    @Override
    public HttpClient createHttpClient(NetworkSettings settings) {
      return http;
    }

    @Override
    public Connection connect(URI server, NetworkSettings settings, HttpClient client) {
      return new Listening(createHttpConnector(settings, client));
    }
  }

  private final class Listening extends DefaultConnection {
    Listening(HttpConnector connector) {
      super(connector);
    }

    @Override
    protected void sendRequest(Session of, URL url, Consumer<HttpRequest.Builder> body)
        throws IOException {
      super.sendRequest(of, url, body);
      if (lastResponse != null && lastResponse.statusCode() >= 400) {
        try {
          retryAfter = getRetryAfter().orElse(null);
        } catch (AcmeProtocolException unreadable) {
          retryAfter = null;
        }
      }
    }
  }
}

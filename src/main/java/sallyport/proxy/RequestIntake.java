package sallyport.proxy;

import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.connect.stream.ConnectionNeeds;
import sallyport.gate.Decision;
import sallyport.gate.Refused;
import sallyport.gate.SoundHead;
import sallyport.http.FailureTable;
import sallyport.http.ReceivedVersion;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.http.forwarded.ForwardedHeaders;
import sallyport.http.forwarded.RequestId;
import sallyport.net.ClientIdentity;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;

/**
 * Takes the heads of requests as they come in: has the gate decide, answers what is refused, and
 * makes an {@link Exchange} of what is admitted.
 *
 * <p>One object does for all requests of a client connection, and for all of its streams: it holds
 * none of their state. Every call must run on the event loop of the connection.
 */
public final class RequestIntake {
  private final ProxyContext context;
  private final ConnectionInfo connection;
  private final ForwardedHeaders forwardedHeaders;

  /** For all requests of a client connection. */
  public RequestIntake(
      ProxyContext context, ConnectionInfo connection, ForwardedHeaders forwardedHeaders) {
    this.context = context;
    this.connection = connection;
    this.forwardedHeaders = forwardedHeaders;
  }

  /**
   * Takes a request.
   *
   * @param client gets the answer
   * @return the exchange, to be started; null when the request has been answered
   */
  public @Nullable Exchange take(HttpRequest request, ReceivedVersion version, HttpStream client) {
    ExchangeLog exchange = begin(request, version);
    switch (context.gate().decide(request, version, connection)) {
      case Decision.Admitted admitted -> {
        return start(admitted, request, version, exchange, client);
      }
      case Decision.AnsweredHere last -> answerAsLast(last, request, exchange, client);
      case Refused refused -> refuse(refused, exchange, client);
    }
    return null;
  }

  /** Answers a client that broke a rule of the connection before its request had come in. */
  public void refuse(Failure.Client failure, ReceivedVersion version, HttpStream client) {
    ExchangeLog exchange =
        new ExchangeLog(
            connection.listener(), connection.forwardedFor().connection(), version.text(), "");
    exchange.requestId = RequestId.random();
    context.refusals().refused(exchange, failure);
    answer(exchange, failure, /* bodyless= */ false, client);
  }

  private ExchangeLog begin(HttpRequest request, ReceivedVersion version) {
    // Where the request line was not understood, there is no target and no method.
    String method = request.uri().isEmpty() ? "" : request.method().name();
    ExchangeLog exchange =
        new ExchangeLog(
            connection.listener(),
            connection.forwardedFor().client(request.headers()),
            version.text(),
            method);
    exchange.tlsVersion = connection.tlsVersion();
    exchange.tlsCipher = connection.tlsCipher();
    exchange.tlsGroup = connection.tlsGroup();
    ClientIdentity identity = connection.proof().identity();
    if (identity != null) {
      exchange.clientCertificate = identity.fingerprint();
      exchange.clientSubject = identity.subject();
    }
    exchange.requestId = RequestId.of(request.headers(), connection.trustedProxy());
    return exchange;
  }

  private Exchange start(
      Decision.Admitted admitted,
      HttpRequest request,
      ReceivedVersion version,
      ExchangeLog exchange,
      HttpStream client) {
    SoundHead head = admitted.head();
    RouteTarget to = context.target(admitted.route());
    note(exchange, head);
    exchange.route = admitted.route().name();
    exchange.backend = admitted.route().backend();
    HttpRequest forwarded =
        RequestHead.forBackend(
            request,
            head.target(),
            head.host().text(),
            to,
            forwardedHeaders,
            exchange,
            version,
            head.webSocket());
    boolean pinned = admitted.authenticates() || client.pinned().isNeededFor(to.client());
    return new Exchange(
        client,
        context,
        to,
        exchange,
        forwarded,
        head.bodyless(),
        new ConnectionNeeds(head.webSocket(), connection.client(), connection.local(), pinned));
  }

  private void answerAsLast(
      Decision.AnsweredHere last, HttpRequest request, ExchangeLog exchange, HttpStream client) {
    note(exchange, last.head());
    exchange.route = last.route().name();
    FullHttpResponse reply =
        Responder.last(
            exchange,
            request,
            context.rules().allowTrace(),
            context.identityFields(),
            last.route().securityHeaders());
    finish(exchange);
    client.writeReply(reply, last.head().bodyless(), /* last= */ false);
  }

  private static void note(ExchangeLog exchange, SoundHead head) {
    exchange.path = head.target().rawPath();
    exchange.query = head.target().query();
    exchange.host = head.host().text();
  }

  private void refuse(Refused refused, ExchangeLog exchange, HttpStream client) {
    if (refused.target() != null) {
      exchange.path = refused.target().rawPath();
      exchange.query = refused.target().query();
    }
    exchange.host = refused.host() == null ? "" : refused.host().text();
    exchange.route = refused.route();
    exchange.backend = refused.backend();
    Failure failure = refused.failure();
    context.refusals().refused(exchange, failure, refused.detail());
    switch (refused.reply()) {
      case ANSWER -> answer(exchange, failure, refused.bodyless(), client);
      case RESET_MALFORMED -> {
        unanswered(exchange, failure);
        client.abort(HttpStream.Abort.MALFORMED);
      }
      case RESET_HTTP_1_1_REQUIRED -> {
        unanswered(exchange, failure);
        client.abort(HttpStream.Abort.HTTP_1_1_REQUIRED);
      }
    }
  }

  private void answer(ExchangeLog exchange, Failure failure, boolean bodyless, HttpStream client) {
    FullHttpResponse reply = Responder.failure(exchange, failure, Map.of());
    finish(exchange);
    client.writeReply(reply, bodyless, FailureTable.of(failure).ends());
  }

  private void unanswered(ExchangeLog exchange, Failure failure) {
    exchange.status = FailureTable.status(failure);
    exchange.failure = failure;
    finish(exchange);
  }

  /** No route has served it. */
  private void finish(ExchangeLog exchange) {
    exchange.endNanos = System.nanoTime();
    context.unrouted().exchangeStarted();
    context.finished(exchange, context.unrouted());
  }
}

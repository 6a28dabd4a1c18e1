package sallyport.proxy;

import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.answer.Responder;
import sallyport.answer.RouteAnswer;
import sallyport.cluster.Endpoint;
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
import sallyport.observe.metrics.RouteMetrics;
import sallyport.proxy.head.RequestHead;
import sallyport.proxy.head.RouteTarget;
import sallyport.proxy.mirror.Mirror;
import sallyport.proxy.stream.HttpStream;

/**
 * First step of every request: asks the gate, answers refused requests, and makes an {@link
 * Exchange} of an admitted one. One object serves all requests and streams of a client connection,
 * and has no state of them.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public final class RequestIntake {
  private final ProxyContext context;
  private final ConnectionInfo connection;
  private final ForwardedHeaders forwardedHeaders;

  /** For one client connection. */
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
   * @return the exchange, to be started; null if the request is answered
   */
  public @Nullable Exchange take(HttpRequest request, ReceivedVersion version, HttpStream client) {
    ExchangeLog exchange = begin(request, version);
    switch (context.gate().decide(request, version, connection, exchange.client)) {
      case Decision.Admitted admitted -> {
        return start(admitted, request, version, exchange, client);
      }
      case Decision.AnsweredHere here -> answerHere(here, request, exchange, client);
      case Decision.AnsweredByRoute ofRoute -> answer(ofRoute, exchange, client);
      case Refused refused -> refuse(refused, exchange, client);
    }
    return null;
  }

  /**
   * Answers a client that broke a rule of the connection before its request was received.
   *
   * <p>Over HTTP/2 the answer has no body: the method is not known, and the request may be a HEAD
   * (RFC 9110 section 9.3.2). An HTTP/1 connection ends with the answer.
   */
  public void refuse(Failure.Client failure, ReceivedVersion version, HttpStream client) {
    ExchangeLog exchange =
        new ExchangeLog(
            connection.listener(), connection.forwardedFor().connection(), version.text(), "");
    exchange.requestId = RequestId.random();
    context.refusals().refused(exchange, failure);
    FullHttpResponse reply =
        version.sharesConnection()
            ? Responder.failureWithoutBody(exchange, failure)
            : Responder.failure(exchange, failure, Map.of(), context.errorPages(""));
    finish(exchange);
    client.writeReply(reply, /* requestEnded= */ false, FailureTable.of(failure).ends());
  }

  private ExchangeLog begin(HttpRequest request, ReceivedVersion version) {
    // A request line that could not be parsed gives neither target nor method.
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
    RouteTarget target =
        context.target(admitted.route(), request.headers(), exchange.client, client.pinned());
    note(exchange, head);
    exchange.route = admitted.route().name();
    exchange.backend = target.backend();
    // Before the fields are changed for the backend.
    String key = target.balanceKey(request.headers(), exchange.client);
    Endpoint preferred = target.takePreferred(request.headers());
    HttpRequest forwarded =
        RequestHead.forBackend(
            request,
            admitted.path(),
            head.target().query(),
            head.host().text(),
            target,
            forwardedHeaders,
            exchange,
            version,
            head.webSocket());
    boolean pinned = admitted.authenticates() || client.pinned().isNeededFor(target.client());
    ConnectionNeeds needs =
        new ConnectionNeeds(head.webSocket(), connection.client(), connection.local(), pinned);
    Mirror mirror = target.mirror();
    if (mirror != null && head.bodyless()) {
      mirror.copy(forwarded, client.loop(), needs);
    }
    return new Exchange(
        client, context, target, exchange, forwarded, key, preferred, head.bodyless(), needs);
  }

  private void answerHere(
      Decision.AnsweredHere here, HttpRequest request, ExchangeLog exchange, HttpStream client) {
    note(exchange, here.head());
    exchange.route = here.route().name();
    FullHttpResponse reply =
        Responder.asFinalRecipient(
            exchange,
            request,
            context.rules().allowTrace(),
            context.identityFields(),
            here.route().securityHeaders());
    finish(exchange);
    client.writeReply(reply, here.head().bodyless(), /* endsConnection= */ false);
  }

  private void answer(Decision.AnsweredByRoute ofRoute, ExchangeLog exchange, HttpStream client) {
    SoundHead head = ofRoute.head();
    note(exchange, head);
    exchange.route = ofRoute.route().name();
    FullHttpResponse reply = RouteAnswer.of(exchange, ofRoute.route(), head.target(), head.host());
    finish(exchange, context.answers(ofRoute.route()));
    client.writeReply(reply, head.bodyless(), /* endsConnection= */ false);
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
      case ANSWER -> {
        FullHttpResponse reply =
            Responder.failure(
                exchange, failure, refused.fields(), context.errorPages(refused.route()));
        finish(exchange);
        client.writeReply(reply, refused.bodyless(), FailureTable.of(failure).ends());
      }
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

  private void unanswered(ExchangeLog exchange, Failure failure) {
    exchange.status = FailureTable.status(failure);
    exchange.failure = failure;
    finish(exchange);
  }

  /** Counts and logs an exchange that no route has served. */
  private void finish(ExchangeLog exchange) {
    finish(exchange, context.unrouted());
  }

  private void finish(ExchangeLog exchange, RouteMetrics metrics) {
    exchange.endNanos = System.nanoTime();
    metrics.exchangeStarted();
    context.finished(exchange, metrics);
  }
}

package sallyport.answer;

import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteAction;
import sallyport.config.route.RouteConfig;
import sallyport.config.route.pattern.PathPattern;
import sallyport.http.request.RequestTarget;
import sallyport.http.request.RequestedHost;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;

/** Maker of the answers of routes that have no backend. Stateless, any thread. */
public final class RouteAnswer {
  private RouteAnswer() {}

  /** Returns the answer to a request. */
  public static FullHttpResponse of(
      ExchangeLog exchange, RouteConfig route, RequestTarget target, RequestedHost host) {
    return switch (route.action()) {
      case RouteAction.Redirect redirect -> redirect(exchange, route, redirect, target, host);
      case RouteAction.Respond respond ->
          withFields(
              Responder.fixed(
                  exchange,
                  HttpResponseStatus.valueOf(respond.status()),
                  respond.contentType(),
                  respond.body()),
              route);
      case RouteAction.Forward forward -> throw new IllegalStateException(route.name());
      case RouteAction.Split split -> throw new IllegalStateException(route.name());
    };
  }

  private static FullHttpResponse redirect(
      ExchangeLog exchange,
      RouteConfig route,
      RouteAction.Redirect redirect,
      RequestTarget target,
      RequestedHost host) {
    String path = target.isAsterisk() ? "/" : target.rawPath();
    String rest = target.isAsterisk() ? "" : target.rawPathFrom(route.path().length());
    PathPattern pattern = redirect.pattern();
    List<String> groups =
        pattern == null ? List.of() : pattern.match(target.isAsterisk() ? "/" : target.path());
    if (groups == null) {
      return Responder.failure(
          exchange, Failure.Gateway.NO_ROUTE, route.securityHeaders(), route.errorPages());
    }
    @Nullable String location =
        redirect
            .to()
            .location(host.isNamed() ? host.name() : "", path, rest, target.query(), groups);
    return location == null
        ? Responder.failure(
            exchange, Failure.Client.BAD_HOST, route.securityHeaders(), route.errorPages())
        : withFields(
            Responder.redirect(exchange, HttpResponseStatus.valueOf(redirect.status()), location),
            route);
  }

  private static FullHttpResponse withFields(FullHttpResponse response, RouteConfig route) {
    HttpHeaders headers = response.headers();
    route.responseFields().set().forEach(headers::set);
    route.responseFields().add().forEach(headers::add);
    route.securityHeaders().forEach(headers::set);
    return response;
  }
}

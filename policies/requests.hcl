# A task group that follows its traffic: about 200 requests a second for each instance, from Prometheus. When Prometheus has
# no data nothing is scaled in; a failing query ends the round.
scaling "api" {
  enabled = false # an example: say true once it fits your job
  type    = "horizontal"
  min     = 2
  max     = 30

  policy {
    evaluation_interval = "15s"
    cooldown            = "2m"
    on_check_error      = "fail"

    check "requests" {
      source       = "prometheus"
      query_window = "2m"

      query = <<-EOQ
        sum(rate(http_requests_total{job="api"}[1m]))
        / scalar(count(up{job="api"} == 1))
      EOQ

      strategy "target-value" {
        target    = 200
        threshold = 0.1
      }
    }

    target "nomad-target" {
      Namespace = "production"
      Job       = "api"
      Group     = "server"
    }
  }
}

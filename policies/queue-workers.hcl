# One worker for each hundred waiting messages: the query says how many are wanted, and the strategy passes it on, by at most
# five at a time. The queue may be empty, then the bounds hold.
scaling "mail-workers" {
  enabled = false # an example: say true once it fits your job
  type    = "horizontal"
  min     = 0
  max     = 40

  policy {
    evaluation_interval  = "30s"
    cooldown             = "5m"
    cooldown_on_scale_up = "30s"

    check "waiting" {
      source       = "prometheus"
      query        = "ceil(sum(mail_queue_messages) / 100)"
      query_window = "instant"

      strategy "pass-through" {
        max_scale_up   = 5
        max_scale_down = 5
      }
    }

    target "nomad-target" {
      Job   = "mail"
      Group = "worker"
    }
  }
}
